"""programs.py - random programs that are well-typed.

    programs.py [-k] SEED

The same seed makes the same program.  Each is right by the language's rules, so
that a refusal, by the checker, LLVM or the verifier, is a fault of waggle.  -k:
kprobe and fentry too.
"""
import random
import sys

WIDTHS = (8, 16, 32, 64)
INTS = [f"{u}int{w}" for w in WIDTHS for u in ("", "u")]
WORDS = ["", "a", "waggle", "sixteen bytes ok", "tab\\t", "\\x80\\xff", "%d"]
COMPARE = ["==", "!=", "<", "<=", ">", ">="]
SYSCALLS = {  # arguments that are integers
    "openat": ["dfd", "flags"], "read": ["fd", "count"],
    "write": ["fd", "count"], "close": ["fd"], "mmap": ["len", "prot"],
    "futex": ["op", "val"], "lseek": ["fd", "offset", "whence"],
}
TASK = ["pid", "tgid", "prio", "static_prio", "flags", "exit_code",
        "start_time", "nvcsw", "mm.map_count", "signal.nr_threads",
        "cred.uid.val", "se.vruntime", "real_parent.tgid", "policy",
        "group_leader.pid", "in_execve"]
STRINGS = ["curtask.comm", "curtask.real_parent.comm", "comm",
           "str(curtask.comm)", "pcomm"]
AGGS = ["count()", "sum(%i)", "min(%i)", "max(%i)", "avg(%i)", "stats(%i)",
        "hist(%i)", "hist(%i, 3)", "lhist(%i, 0, 1000, 100)",
        "tseries(%i, 1s, 5)"]


class Program:
    def __init__(self, seed, kprobes):
        self.r = random.Random(seed)
        self.kprobes = kprobes
        self.n = 0
        self.vars = []      # (name, type) in scope
        self.locked = set() # loop variables: not assigned to
        self.maps = []      # (name, key types, value type)
        self.fns = []       # (name, parameter types, result type)
        self.macros = []    # (name, parameters)
        self.args = []      # integers that this probe has
        self.in_fn = False
        self.loops = 0
        self.walking = False  # a map, in a loop
        self.room = 0       # statements left in this body

    def pick(self, *choices):
        return self.r.choice(choices)

    def chance(self, percent):
        return self.r.randrange(100) < percent

    def fresh(self, prefix):
        self.n += 1
        return f"{prefix}{self.n}"

    # --- types -----------------------------------------------------------

    def key_type(self):
        return self.r.choice([("int",), ("int",), ("string",), ("int", "int"),
                              ("int", "string"), ("int", "tuple"), ("bool",)])

    def value_type(self):
        return self.pick("int", "int", "int", "string", "tuple", "bool")

    def agg(self):
        return self.r.choice(AGGS)

    # --- expressions -----------------------------------------------------

    def literal(self):
        return self.pick(
            "0", "1", "2", "7", "100", "255", "256", "65535", "0x7fffffff",
            "1000000", "4294967295", "1e6", "5ms", "0xffff_ffff_ff",
            "9223372036854775807", "-1", "-128", "-32769", "-2147483648")

    def key(self, types, d):
        return ", ".join(self.of(t, d) for t in types)

    def of(self, t, d):
        return {"int": self.integer, "string": self.string,
                "bool": self.boolean, "tuple": self.tuple_}[t](d)

    def variables(self, t):
        return [n for n, u in self.vars if u == t]

    def reads(self, t):
        """Maps of plain values."""
        return [(n, k) for n, k, v in self.maps if v == t and not self.in_fn]

    def base(self):
        """An integer that is no constant."""
        mine = self.variables("int")
        if mine and self.chance(50):
            return self.r.choice(mine)
        if self.args and self.chance(40):
            return self.r.choice(self.args)
        return self.pick("pid", "tid", "uid", "gid", "nsecs", "cpu", "rand",
                         "elapsed", "ncpus", "cgroup", "jiffies", "ppid",
                         "curtask." + self.r.choice(TASK))

    def integer(self, d=0):
        if d > 3 or self.chance(25):
            return self.literal() if self.chance(35) else self.base()
        kind = self.r.randrange(20)
        a = self.base if self.chance(50) else lambda: self.wide(d + 1)
        if kind < 5:
            op = self.pick("+", "-", "*", "&", "|", "^")
            return f"({a()} {op} {self.integer(d + 1)})"
        if kind == 5:
            return f"({a()} {self.pick('/', '%')} " \
                   f"{self.pick('3', '10', '-7', '1000000')})"
        if kind == 6:
            return f"({a()} {self.pick('/', '%')} ({self.base()} | 1))"
        if kind == 7:
            return f"({a()} {self.pick('<<', '>>')} {self.r.randrange(64)})"
        if kind == 8:
            return f"({a()} {self.pick('<<', '>>')} ({self.base()} & 63))"
        if kind == 9:
            return f"{self.pick('-', '~', '!')}{a()}"
        if kind < 12:
            return self.wide(d + 1)
        if kind == 12:
            return f"({self.boolean(d + 1)} ? {self.integer(d + 1)} : " \
                   f"{self.integer(d + 1)})"
        if kind == 13:
            return self.measure(d)
        if kind == 14:
            return self.from_map(d)
        if kind == 15:
            return self.called(d)
        if kind == 16:
            parts = [self.integer(d + 2) for _ in range(2)]
            return f"({parts[0]}, {parts[1]}).{self.r.randrange(2)}"
        if kind == 17:
            return f"{self.pick('bswap', '(int64)bswap')}" \
                   f"((uint{self.pick(16, 32, 64)}){a()})"
        return f"(a_number = {self.base()}, s = {self.string(3)}).a_number"

    def wide(self, d):
        """A cast, so that what it is of does not matter."""
        return f"({self.r.choice(INTS)})({self.integer(d + 1)} + " \
               f"{self.base()})"

    def measure(self, d):
        kind = self.r.randrange(6)
        if kind == 0:
            return f"strlen({self.string(d + 1)})"
        if kind == 1:
            return f"sizeof({self.pick('struct task_struct', 'int32')})"
        if kind == 2:
            return f"strncmp({self.string(d + 1)}, {self.string(d + 1)}, " \
                   f"{self.pick(1, 4, 16)})"
        if kind == 3:
            return "offsetof(struct task_struct, tgid)"
        keyed = [m for m in self.maps if m[1]]
        if kind == 4 and keyed and not self.in_fn:
            return f"(int64)len({self.r.choice(keyed)[0]})"
        return f"({self.boolean(d + 1)} ? 1 : 0)"

    def from_map(self, d):
        ints = self.reads("int")
        sums = [(n, k) for n, k, v in self.maps
                if v in ("count()", "sum(%i)", "min(%i)", "max(%i)",
                         "avg(%i)")]
        if self.in_fn or not ints + sums:
            return self.base()
        name, key = self.r.choice(ints + sums)
        at = f"[{self.key(key, d + 2)}]" if key else ""
        return f"(int64){name}{at}"

    def called(self, d):
        able = [f for f in self.fns if f[2] == "int"]
        if able and self.chance(60) and not self.in_fn:
            name, params, _ = self.r.choice(able)
            return f"{name}({', '.join(self.of(p, 3) for p in params)})"
        if self.macros and not self.in_fn:
            name, n = self.r.choice(self.macros)
            return f"{name}({', '.join(self.base() for _ in range(n))})"
        return self.base()

    def boolean(self, d=0):
        mine = self.variables("bool")
        kind = self.r.randrange(10)
        if d > 3 or kind < 4:
            return f"{self.base()} {self.r.choice(COMPARE)} " \
                   f"{self.integer(d + 2)}"
        if kind == 4:
            return f"({self.boolean(d + 1)} {self.pick('&&', '||')} " \
                   f"{self.boolean(d + 1)})"
        if kind == 5:
            return f"!({self.boolean(d + 1)})"
        if kind == 6:
            return f"{self.string(d + 1)} {self.pick('==', '!=')} " \
                   f"{self.string(d + 1)}"
        if kind == 7:
            return f"strcontains({self.string(d + 1)}, \"{self.pick('a', 'wag', 'xyz')}\")"
        keyed = [m for m in self.maps if m[1]]
        if kind == 8 and keyed and not self.in_fn:
            name, key, _ = self.r.choice(keyed)
            return f"has_key({name}, ({self.key(key, d + 2)}{',' if len(key) > 1 else ''}))" \
                if len(key) == 1 else f"has_key({name}, ({self.key(key, d + 2)}))"
        if mine:
            return self.r.choice(mine)
        return f"{self.tuple_(d + 1)} {self.pick('==', '!=')} " \
               f"{self.tuple_(d + 1)}"

    def string(self, d=0):
        mine = self.variables("string")
        kind = self.r.randrange(8)
        if mine and kind < 2:
            return self.r.choice(mine)
        if d > 3 or kind < 4:
            return f'"{self.r.choice(WORDS)}"'
        if kind < 6:
            return self.r.choice(STRINGS)
        maps = self.reads("string")
        if kind == 6 and maps:
            name, key = self.r.choice(maps)
            return name + (f"[{self.key(key, d + 2)}]" if key else "")
        if self.in_fn:
            return "comm"
        return f"({self.boolean(d + 2)} ? {self.string(d + 2)} : " \
               f"{self.string(d + 2)})"

    def tuple_(self, d=0):
        """Of one type everywhere: (int64, string[16])."""
        return f"((int64){self.integer(d + 2)}, (string[16])comm)"

    # --- statements --------------------------------------------------------

    def block(self, d, n=None):
        kept = len(self.vars)
        lines = []
        for _ in range(n or self.r.randrange(1, 4)):
            if self.room <= 0:
                break
            self.room -= 1
            lines.append(self.statement(d))
        del self.vars[kept:]
        return "{ " + " ".join(lines or ["_ = 1;"]) + " }"

    def statement(self, d):
        kind = self.r.randrange(30)
        if kind < 4:
            return self.new_variable()
        if kind < 8:
            return self.assign()
        if kind < 14 and self.maps and not self.walking:
            return self.update()
        if kind < 17:
            return self.output()
        if d < 3 and kind < 20:
            text = f"if ({self.boolean()}) {self.block(d + 1)}"
            if self.chance(50):
                text += f" else {self.block(d + 1)}"
            return text
        if d < 2 and kind < 25 and self.loops < 3:
            return self.loop(d)
        if kind < 27 and self.maps and not self.walking:
            return self.maintain()
        if kind == 27 and self.loops and not self.in_fn:
            return f"if ({self.boolean(2)}) {{ " \
                   f"{self.pick('break', 'continue')}; }}"
        if kind == 28:
            return f"_ = {self.of(self.value_type(), 1)};"
        return f"if ({self.boolean(3)}) {{ return{' 0' if self.in_fn else ''}; }}"

    def new_variable(self):
        name, t = self.fresh("$v"), self.value_type()
        if t == "int" and self.chance(30):
            text = f"let {name}: int64 = (int64){self.wide(1)};"
        elif t == "int" and self.chance(20):
            inner = self.fresh("$v")
            text = f"{name} = {{ let {inner} = (int64){self.wide(1)}; " \
                   f"{inner} + 1 }};"
        elif t == "int" and self.chance(20):
            text = f"{name} = if {self.boolean(2)} {{ (int64)" \
                   f"{self.wide(2)} }} else {{ (int64){self.wide(2)} }};"
        elif t == "int":
            text = f"{name} = (int64){self.wide(1)};"
        else:
            text = f"{name} = {self.of(t, 1)};"
        if t == "string":  # room for all that may come
            text = f"let {name}: string[64] = {self.string(1)};"
        self.vars.append((name, t))
        return text

    def assign(self):
        mine = [v for v in self.vars if v[0] not in self.locked]
        if not mine:
            return self.new_variable()
        name, t = self.r.choice(mine)
        if t != "int":
            return f"{name} = {self.of(t, 1)};"
        if self.chance(30):
            return f"{name}{self.pick('++', '--')};"
        if self.chance(50):
            op = self.pick("+=", "-=", "*=", "&=", "|=", "^=")
            return f"{name} {op} (int64){self.wide(2)};"
        return f"{name} = (int64){self.wide(1)};"

    def update(self):
        if self.in_fn:
            return self.new_variable()
        name, key, v = self.r.choice(self.maps)
        at = f"[{self.key(key, 2)}]" if key else ""
        if "(" in v:
            return f"{name}{at} = {v.replace('%i', self.integer(2))};"
        if v == "int" and self.chance(40):
            return f"{name}{at}{self.pick('++', '--')};"
        if v == "int":
            return f"{name}{at} = (int64){self.wide(1)};"
        return f"{name}{at} = {self.of(v, 1)};"

    def output(self):
        if self.in_fn:
            return self.new_variable()
        kind = self.r.randrange(6)
        if kind < 2:
            n = self.r.randrange(1, 6)
            parts = [(self.pick("%d", "%5u", "%-8x", "%#lx", "%016llx", "%c",
                                "%o"), self.integer(1))
                     if self.chance(70) else
                     (self.pick("%s", "%-16s", "%.3s"), self.string(1))
                     for _ in range(n)]
            return "printf(\"" + " ".join(p for p, _ in parts) + "\\n\", " + \
                ", ".join(a for _, a in parts) + ");"
        if kind == 2:
            return f"print({self.of(self.value_type(), 1)});"
        if kind == 3:
            return f"print(({self.integer(1)}, {self.string(1)}, " \
                   f"({self.boolean(2)}, {self.integer(2)})));"
        if kind == 4:
            return self.pick("print(kstack(3));", "print(ustack(2));",
                             "print(strftime(\"%H\", nsecs));",
                             "print(ksym(nsecs));", "print(ntop((uint32)rand));",
                             "print(buf(curtask, 8));",
                             "time(\"%S\");", "print(cgroup_path(cgroup));",
                             "print(username);")
        return f"print((k = {self.integer(1)}, w = {self.string(1)}));"

    def loop(self, d):
        self.loops += 1
        kind = self.r.randrange(5)
        if kind == 0:
            text = f"unroll({self.r.randrange(1, 5)}) {self.block(d + 1)}"
        elif kind == 1:
            name = self.fresh("$w")
            self.vars.append((name, "int"))
            self.locked.add(name)
            body = self.block(d + 1)
            self.vars.pop()
            text = f"let {name}: int64 = 0; while ({name} < " \
                   f"{self.r.randrange(1, 9)}) {{ {name}++; {body[1:]}"
        elif kind == 2 or not self.maps or self.in_fn or self.walking:
            name = self.fresh("$i")
            self.vars.append((name, "int"))
            self.locked.add(name)
            text = f"for ({name} : {self.pick('0', '(int64)cpu', '-3')}.." \
                   f"{self.pick('4', '(int64)ncpus', '10')}) " \
                   f"{self.block(d + 1)}"
            self.vars.pop()
        else:
            keyed = [m for m in self.maps if m[1]]
            if not keyed:
                self.loops -= 1
                return self.new_variable()
            name, key, v = self.r.choice(keyed)
            kv = self.fresh("$kv")
            seen = []
            if len(key) == 1 and key[0] == "int":
                seen.append((f"(int64){kv}.0", "int"))
            if v == "int":
                seen.append((f"(int64){kv}.1", "int"))
            if len(key) == 2:
                seen.append((f"(int64){kv}.0.0", "int"))
            self.vars += seen
            self.locked |= {n for n, _ in seen}
            self.walking = True  # for ever, if it grew meanwhile
            text = f"for ({kv} : {name}) {self.block(d + 1)}"
            self.walking = False
            del self.vars[len(self.vars) - len(seen):]
        self.loops -= 1
        return text

    def maintain(self):
        if self.in_fn:
            return self.new_variable()
        name, key, v = self.r.choice(self.maps)
        if key and self.chance(50):
            return f"delete({name}, ({self.key(key, 2)}));" if len(key) > 1 \
                else f"delete({name}, {self.key(key, 2)});"
        if key:
            if v not in ("string", "tuple", "bool") and self.chance(20):
                return f"zero({name});"
            return self.pick(f"clear({name});", f"print({name});",
                             f"print({name}, 3);")
        return f"print({name});"

    # --- the whole --------------------------------------------------------

    def functions(self):
        out = []
        for _ in range(self.r.randrange(3)):
            name = self.fresh("f")
            params = [self.pick("int", "int", "bool")
                      for _ in range(self.r.randrange(1, 4))]
            names = [self.fresh("$p") for _ in params]
            self.in_fn = True
            self.vars = list(zip(names, params))
            self.room = 5
            body = self.block(1, 2)
            result = (self.variables("int") or ["7"])[0]
            self.in_fn = False
            self.vars = []
            decl = ", ".join(f"{n}: {'int64' if p == 'int' else 'bool'}"
                             for n, p in zip(names, params))
            out.append(f"fn {name}({decl}): int64 "
                       f"{{ {body} return {result}; }}")
            self.fns.append((name, params, "int"))
        for _ in range(self.r.randrange(3)):
            name, n = self.fresh("m"), self.r.randrange(1, 3)
            params = [f"e{i}" for i in range(n)]
            used = " + ".join(f"(int64){p}" for p in params)
            out.append(f"macro {name}({', '.join(params)}) "
                       f"{{ $t = {used}; $t * 2 }}")
            self.macros.append((name, n))
        return out

    def declare_maps(self):
        out = []
        for _ in range(self.r.randrange(1, 6)):
            key = self.key_type() if self.chance(70) else ()
            v = self.agg() if self.chance(50) else self.value_type()
            name = self.fresh("@m")
            if key and self.chance(25):
                kinds = ["hash", "lruhash"]
                if "(" in v:
                    kinds += ["percpuhash", "percpulruhash"]
                out.append(f"let {name} = {self.r.choice(kinds)}"
                           f"({self.pick(1, 16, 1000)});")
            self.maps.append((name, key, v))
        return out

    def probe(self):
        self.args = []
        kind = self.r.randrange(10 + 6 * self.kprobes)
        name, fields = self.r.choice(sorted(SYSCALLS.items()))
        if kind < 3:
            self.args = [f"(int64)args.{f}" for f in fields]
            return f"tracepoint:syscalls:sys_enter_{name}"
        if kind == 3:
            self.args = ["args.ret"]
            return f"tracepoint:syscalls:sys_exit_{name}"
        if kind == 4:
            self.args = ["args.next_pid", "args.prev_prio", "args.prev_state"]
            return "tracepoint:sched:sched_switch"
        if kind == 5:
            self.args = ["args.prev.pid", "args.next.prio",
                         "(int64)args.preempt"]
            return "rawtracepoint:sched_switch"
        if kind == 6:
            self.args = ["arg0", "arg1"]
            return "uprobe:libc:malloc"
        if kind == 7:
            self.args = ["(int64)retval"]
            return "uretprobe:libc:malloc"
        if kind == 8:
            return self.pick("interval:s:1", "profile:hz:99",
                             "software:page-faults:1000", "interval:ms:100")
        if kind == 9:
            self.args = ["duration", "retval"]
            return self.pick(f"syscall:{name}", "ucall:libc:malloc")
        self.args = {10: ["arg0", "arg2"], 11: ["(int64)retval"],
                     12: ["args.count", "args.file.f_mode"],
                     13: ["retval", "args.count"],
                     14: ["duration", "retval"], 15: ["arg1"]}[kind]
        return {10: "kprobe:vfs_read", 11: "kretprobe:vfs_read",
                12: "fentry:vfs_read", 13: "fexit:vfs_read",
                14: "call:vfs_write", 15: "kprobe:vfs_?rite"}[kind]

    def clause(self, point):
        self.vars, self.locked, self.loops = [], set(), 0
        self.room = 14
        pred = f" /{self.boolean(1)}/" if self.chance(40) else ""
        return f"{point}{pred} {self.block(0, 6)}"

    def fill(self):
        """Each map has a type, whatever the rest does with it."""
        out = []
        maps, self.maps = self.maps, []
        for name, key, v in maps:
            at = f"[{self.key(key, 2)}]" if key else ""
            value = v.replace("%i", self.base()) if "(" in v else \
                "(int64)1" if v == "int" else self.of(v, 3)
            out.append(f"{name}{at} = {value};")
        self.maps = maps
        return "begin { " + " ".join(out) + " }"

    def text(self):
        lines = self.declare_maps()
        lines += self.functions()
        lines.append(self.fill())
        lines.append(self.clause("begin"))
        for _ in range(self.r.randrange(1, 4)):
            lines.append(self.clause(self.probe()))
        self.args = []
        if self.chance(40):
            lines.append(self.clause("end"))
        lines.append("begin { exit(); }")
        return "\n".join(lines) + "\n"


def main():
    args = sys.argv[1:]
    kprobes = "-k" in args
    if kprobes:
        args.remove("-k")
    if len(args) != 1:
        sys.exit(__doc__)
    print(Program(int(args[0]), kprobes).text(), end="")


if __name__ == "__main__":
    main()
