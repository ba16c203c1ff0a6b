-- What the tests of Neovim do in it. The environment says which command serves (SERVER), and where the answer goes
-- (ANSWER). From Neovim 0.7 on.
local M = {}

-- Longer than anything takes: who waits for something that does not come is told so by what is there instead.
local PATIENCE = 30000

local client_id

local function client()
  return vim.lsp.get_client_by_id(client_id)
end

-- Starts the server for a directory.
function M.start(root, settings)
  client_id = vim.lsp.start_client({
    name = 'iac-imds-lint',
    cmd = { vim.env.SERVER, 'server' },
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    settings = { ['iac-imds-lint'] = settings or {} },
    init_options = settings,
  })
  assert(client_id, 'the server does not start')
  assert(vim.wait(PATIENCE, function() return client() ~= nil and client().initialized == true end, 10), 'no answer')
end

-- Attaches the server to a buffer, as what a file's type sets off does.
function M.attach(buffer)
  assert(vim.lsp.buf_attach_client(buffer, client_id))
end

-- Opens a file in the window and attaches the server; the number of its buffer.
function M.open(name)
  vim.cmd('edit ' .. vim.fn.fnameescape(name))
  local buffer = vim.api.nvim_get_current_buf()
  M.attach(buffer)
  return buffer
end

-- The text of a buffer.
function M.text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') .. '\n'
end

-- The diagnostics of a buffer: code, line from 1, what they are about, and the message.
function M.diagnostics(buffer)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    local line = vim.api.nvim_buf_get_lines(buffer, one.lnum, one.lnum + 1, false)[1] or ''
    local last = one.end_lnum == one.lnum and one.end_col or #line
    local code = one.code or (one.user_data and one.user_data.lsp and one.user_data.lsp.code)
    table.insert(found, { code, one.lnum + 1, line:sub(one.col + 1, last), one.message })
  end
  table.sort(found, function(a, b) return a[2] < b[2] end)
  return found
end

-- Waits until the lines with diagnostics are these; what there is then, or is at last.
function M.wait_for(buffer, lines)
  vim.wait(PATIENCE, function()
    return vim.deep_equal(vim.tbl_map(function(one) return one[2] end, M.diagnostics(buffer)), lines)
  end, 10)
  return M.diagnostics(buffer)
end

-- Replaces a text in a buffer, as somebody who types does: nothing is saved.
function M.replace(buffer, old, new)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local from, to = line:find(old, 1, true)
    if from then
      vim.api.nvim_buf_set_text(buffer, row - 1, from - 1, row - 1, to, { new })
      return
    end
  end
  error('no such text: ' .. old)
end

-- What the server answers.
function M.ask(buffer, method, params)
  local answers, problem = vim.lsp.buf_request_sync(buffer, method, params, PATIENCE)
  assert(answers, problem)
  local answer = answers[client_id] or {}
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local function position(buffer, row, column)
  return { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = { line = row - 1, character = column - 1 } }
end

-- The text of the hover at a place.
function M.hover(buffer, row, column)
  local answer = M.ask(buffer, 'textDocument/hover', position(buffer, row, column))
  return answer and answer.contents.value
end

-- Opens Neovim's own menu of code actions at a line, of a kind or of all, and picks the one with a title, or none; the
-- titles that were shown. Returns when that buffer, or the other one that is named, has changed.
function M.pick(buffer, row, title, kind, changed)
  changed = changed or buffer
  vim.api.nvim_set_current_buf(buffer)
  vim.api.nvim_win_set_cursor(0, { row, 0 })
  local before, titles = vim.api.nvim_buf_get_changedtick(changed), nil
  local select = vim.ui.select
  vim.ui.select = function(items, options, choose)
    titles = vim.tbl_map(options.format_item, items)
    for number, item in ipairs(items) do
      if titles[number] == title then
        choose(item, number)
      end
    end
  end
  local context = kind and { only = { kind }, diagnostics = {} } or nil
  vim.lsp.buf.code_action(vim.fn.has('nvim-0.8') == 1 and { context = context } or context)
  local done = vim.wait(PATIENCE, function()
    return titles ~= nil and (title == nil or vim.api.nvim_buf_get_changedtick(changed) ~= before)
  end, 10)
  vim.ui.select = select
  assert(done, titles and 'not done, of ' .. vim.inspect(titles) or 'no menu')
  return titles
end

-- The titles of the lenses, with their lines.
function M.lenses(buffer)
  local found = {}
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  for _, lens in ipairs(M.ask(buffer, 'textDocument/codeLens', params) or {}) do
    if not lens.command then
      lens = M.ask(buffer, 'codeLens/resolve', lens)
    end
    table.insert(found, { lens.range.start.line + 1, lens.command.title })
  end
  return found
end

-- Runs a scenario; its answer, or why there is none, is written as JSON, with what Neovim has told.
function M.run(scenario)
  local ok, answer = xpcall(scenario, debug.traceback)
  local status = client_id and client() and client().offset_encoding or vim.NIL
  if client_id then
    vim.lsp.stop_client(client_id)
    vim.wait(PATIENCE, function() return client() == nil or client().is_stopped() end, 10)
  end
  local told = vim.api.nvim_exec('messages', true)
  local lines = vim.fn.json_encode({ ok = ok, answer = answer, encoding = status, messages = told })
  vim.fn.writefile({ lines }, vim.env.ANSWER)
  vim.cmd('qall!')
end

return M
