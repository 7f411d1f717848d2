// Zod: schemas of many kinds, and what they say about good and bad data.
const z = Zod.z;
const show = (name, schema, ...values) => {
  for (const v of values) {
    const r = schema.safeParse(v);
    print(name, JSON.stringify(r.success ? { data: r.data } : { issues: r.error.issues }, (k, x) => (typeof x === 'bigint' ? `${x}n` : x instanceof Map || x instanceof Set ? [...x] : x === undefined ? '(undefined)' : x)));
  }
};
show('string', z.string().min(2).max(5).regex(/^[a-z]+$/).trim().toUpperCase(), 'abc', 'a', 'ABCDEF', 5, null, undefined);
show('formats', z.object({ e: z.string().email(), u: z.string().url(), i: z.string().uuid(), d: z.string().datetime(), ip: z.string().ip() }), { e: 'a@b.co', u: 'x://y', i: '123e4567-e89b-12d3-a456-426614174000', d: '2020-01-01T00:00:00Z', ip: '1.2.3.4' }, { e: 'a@', u: ':', i: '1', d: '2020', ip: '1.2.3' });
show('number', z.number().int().positive().multipleOf(3), 9, -3, 1.5, NaN, Infinity, '9');
show('bigint', z.bigint().gt(5n), 6n, 5n, 7);
show('coerce', z.object({ n: z.coerce.number(), b: z.coerce.boolean(), d: z.coerce.date(), s: z.coerce.string() }), { n: '12', b: 'x', d: 0, s: 5 }, { n: 'x', b: 0, d: 'nope', s: null });
const User = z.object({ name: z.string(), age: z.number().optional(), tags: z.array(z.string()).nonempty().max(3), role: z.enum(['admin', 'user']).default('user') }).strict();
show('user', User, { name: 'n', tags: ['a'] }, { name: 1, tags: [], extra: true }, { tags: [1, 2, 3, 4], role: 'root' }, 'no');
show('derived', User.partial().pick({ name: true, role: true }).extend({ id: z.literal(7) }).passthrough(), { id: 7, more: 1 }, { id: 8 });
const Tree = z.lazy(() => z.object({ value: z.number(), children: z.array(Tree) }));
show('tree', Tree, { value: 1, children: [{ value: 2, children: [] }] }, { value: 1, children: [{ value: 'x', children: [{}] }] });
show('union', z.union([z.string(), z.number().array(), z.tuple([z.boolean(), z.null()]).rest(z.date())]), 'a', [1], [true, null], [true, 1], {});
show('discriminated', z.discriminatedUnion('t', [z.object({ t: z.literal('a'), x: z.number() }), z.object({ t: z.literal('b'), y: z.string() })]), { t: 'a', x: 1 }, { t: 'b', y: 1 }, { t: 'c' });
show('records', z.record(z.string().length(2), z.number()), { ab: 1 }, { abc: 1, de: 'x' });
show('maps', z.map(z.string(), z.set(z.number())), new Map([['a', new Set([1])]]), new Map([[1, new Set(['x'])]]));
show('intersection', z.intersection(z.object({ a: z.number() }), z.object({ b: z.string() })), { a: 1, b: 'x' }, { a: 'x' });
show('effects', z.string().transform(s => s.length).refine(n => n > 3, n => ({ message: `${n} is too short` })).pipe(z.number().even ? z.number().even() : z.number().multipleOf(2)), 'abcd', 'abc', 'abcde');
show('super', z.array(z.number()).superRefine((v, ctx) => { if (new Set(v).size !== v.length) ctx.addIssue({ code: 'custom', message: 'duplicates', path: ['dup'] }); }), [1, 2], [1, 1]);
show('preprocess', z.preprocess(v => (typeof v === 'string' ? v.split(',') : v), z.array(z.string()).readonly()), 'a,b', 5);
show('catch', z.number().catch(42).nullable(), 'x', null, 5);
show('branded', z.string().brand().describe('d').or(z.nan()), 'x', NaN, 1);
show('native', z.nativeEnum({ A: 1, B: 'b', 1: 'A' }), 1, 'b', 'A', 2);
show('never', z.object({ a: z.never(), f: z.function(), s: z.symbol(), u: z.undefined(), v: z.void() }).partial(), { a: 1 }, { f() {}, s: Symbol.iterator }, { f: 1, s: 2 });
try {
  User.parse({ name: 5, tags: ['x', 2] });
} catch (e) {
  print(e.name, e.message, JSON.stringify(e.format()), JSON.stringify(e.flatten()), e instanceof z.ZodError);
}
const f = z.function().args(z.string(), z.number()).returns(z.string()).implement((s, n) => s.repeat(n));
print(f('ab', 2));
for (const bad of [() => f('ab'), () => f(1, 2)]) try { bad(); } catch (e) { print(e.issues[0].code, e.issues[0].argumentsError.issues.length); }
z.setErrorMap((issue, ctx) => ({ message: `<${issue.code} at ${issue.path.join('.')}: ${ctx.defaultError}>` }));
show('map', z.object({ a: z.object({ b: z.date() }) }), { a: { b: new Date(-1) } }, { a: {} }, { a: { b: new Date(NaN) } });
z.object({ a: z.string().refine(async s => s.length > 1), b: z.promise(z.number()) }).safeParseAsync({ a: 'x', b: Promise.resolve(1) }).then(async r => {
  print('async', r.success, JSON.stringify(r.error && r.error.issues));
  const good = await z.object({ a: z.string().refine(async s => s.length > 1).transform(async s => s + s) }).parseAsync({ a: 'xy' });
  print(JSON.stringify(good));
}).catch(e => print('failed', e, e.stack));
print(User.shape.role.removeDefault().options.join(), Object.keys(z).length, User.keyof().options.join(), z.string().email().isEmail, User.shape.age.isOptional());
