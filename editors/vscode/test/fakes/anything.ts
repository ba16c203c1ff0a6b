/** What stands for each part of the editor that nobody plays: it can be called, constructed and asked for anything. */

const NAMES: Readonly<Record<string | symbol, unknown>> = {
  then: undefined,
  length: 0,
  isCancellationRequested: false,
  dispose: () => undefined,
  [Symbol.iterator]: () => [].values(),
  [Symbol.toPrimitive]: () => 0,
};

export function anything(): unknown {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- other classes extend it
  const base = class {};
  const proxy: typeof base = new Proxy(base, {
    get: (target, name) => (name === "prototype" ? target.prototype : name in NAMES ? NAMES[name] : anything()),
    apply: () => anything(),
    construct: (target, args, made) => (made === proxy ? anything() : Reflect.construct(target, args, made)) as object,
  });
  return proxy;
}

/** What is played, and anything for the rest. */
export function withAnything(played: object): unknown {
  return new Proxy(played, {
    get: (target, name) => (name in target ? wrapped(Reflect.get(target, name)) : anything()),
  });
}

function wrapped(value: unknown): unknown {
  const isPart = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPart ? withAnything(value) : value;
}
