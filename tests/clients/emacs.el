;;; What the tests of Emacs do in it  -*- lexical-binding: t -*-
;; The environment says where the answer goes (ANSWER). Debian's packages are found by `package-initialize'.

(require 'package)
(package-initialize)
(require 'json)

;; The packages of these modes are not here; their names are all that counts.
(define-derived-mode terraform-mode prog-mode "Terraform")
(add-to-list 'auto-mode-alist '("\\.tf\\(vars\\)?\\'" . terraform-mode))
(setq vc-handled-backends '(Git)
      make-backup-files nil
      create-lockfiles nil
      eglot-sync-connect t
      eglot-autoshutdown nil
      eglot-confirm-server-initiated-edits nil)

(defconst top default-directory "Where names begin.")
(defconst patience 30 "Seconds: longer than anything takes.")

(defun wait-until (holds)
  "Wait until HOLDS is true, or it does not come."
  (let ((end (+ (float-time) patience)))
    (while (and (< (float-time) end) (not (funcall holds)))
      (accept-process-output nil 0.05))))

(defun diagnostics (buffer)
  "The lines, the texts and the messages of what Flymake shows in BUFFER."
  (with-current-buffer buffer
    (flymake-start)
    (sort (mapcar (lambda (one)
                    (list (line-number-at-pos (flymake-diagnostic-beg one))
                          (buffer-substring-no-properties (flymake-diagnostic-beg one) (flymake-diagnostic-end one))
                          (flymake-diagnostic-text one)))
                  (flymake-diagnostics))
          (lambda (a b) (< (car a) (car b))))))

(defun diagnostics-at (buffer lines)
  "Wait until the lines with diagnostics in BUFFER are LINES; what there is then, or is at last."
  (wait-until (lambda () (equal (mapcar #'car (diagnostics buffer)) lines)))
  (vconcat (mapcar #'vconcat (diagnostics buffer))))

(defun opened (name)
  "The buffer of the file NAME, with the server."
  (let ((buffer (find-file-noselect (expand-file-name name top))))
    (set-buffer buffer)
    (unless (eglot-current-server) (call-interactively #'eglot))
    (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode))
    buffer))

(defun type-over (buffer old new)
  "Replace OLD by NEW in BUFFER, as somebody who types does: nothing is saved."
  (with-current-buffer buffer
    (goto-char (point-min))
    (search-forward old)
    (replace-match new t t)
    (eglot--signal-textDocument/didChange)))

(defun answer (value)
  "Write VALUE as JSON, and end."
  (let ((coding-system-for-write 'utf-8))
    (with-temp-file (getenv "ANSWER") (insert (json-encode value))))
  (kill-emacs 0))

(defun logged ()
  "What the server wrote to standard error."
  (let ((found (seq-filter (lambda (one) (string-suffix-p "stderr*" (buffer-name one))) (buffer-list))))
    (vconcat (mapcar (lambda (one) (with-current-buffer one (buffer-string))) found))))
