namespace GitOps.Operator.Helm.Jail;

/// <summary>What the jail calls and lets call, by the numbers of one machine.</summary>
internal sealed class SystemCalls
{
    /// <summary>Numbers from here on mean the same on every machine, and are so young that programs do without them.</summary>
    public const uint FirstShared = 424;

    private const int None = -1;

    // What a program needs that reads files, computes on several threads and writes to pipes which are open already. The right to
    // open files is Landlock's to give; nothing here makes, changes or removes one, and nothing reaches another process.
    private static readonly (string Name, int X64, int Arm64)[] Table =
    [
        ("read", 0, 63), ("write", 1, 64), ("readv", 19, 65), ("writev", 20, 66), ("pread64", 17, 67), ("lseek", 8, 62), ("close", 3, 57),
        ("open", 2, None), ("openat", 257, 56), ("stat", 4, None), ("fstat", 5, 80), ("lstat", 6, None), ("newfstatat", 262, 79),
        ("statx", 332, 291), ("statfs", 137, 43), ("fstatfs", 138, 44), ("access", 21, None), ("faccessat", 269, 48), ("faccessat2", 439, 439),
        ("readlink", 89, None), ("readlinkat", 267, 78), ("getcwd", 79, 17), ("getdents64", 217, 61), ("fcntl", 72, 25),
        ("dup", 32, 23), ("dup2", 33, None), ("dup3", 292, 24), ("pipe", 22, None), ("pipe2", 293, 59), ("eventfd2", 290, 19),
        ("poll", 7, None), ("ppoll", 271, 73), ("select", 23, None), ("pselect6", 270, 72),
        ("epoll_create1", 291, 20), ("epoll_ctl", 233, 21), ("epoll_wait", 232, None), ("epoll_pwait", 281, 22),
        ("mmap", 9, 222), ("munmap", 11, 215), ("mprotect", 10, 226), ("mremap", 25, 216), ("madvise", 28, 233), ("mincore", 27, 232), ("brk", 12, 214),
        ("futex", 202, 98), ("sched_yield", 24, 124), ("sched_getaffinity", 204, 123), ("getcpu", 309, 168), ("membarrier", 324, 283), ("rseq", 334, 293),
        ("set_tid_address", 218, 96), ("set_robust_list", 273, 99), ("arch_prctl", 158, None), ("getrandom", 318, 278),
        ("rt_sigaction", 13, 134), ("rt_sigprocmask", 14, 135), ("rt_sigreturn", 15, 139), ("sigaltstack", 131, 132), ("restart_syscall", 219, 128),
        ("nanosleep", 35, 101), ("clock_nanosleep", 230, 115), ("clock_gettime", 228, 113), ("clock_getres", 229, 114), ("gettimeofday", 96, 169), ("time", 201, None),
        ("getpid", 39, 172), ("getppid", 110, 173), ("gettid", 186, 178), ("getpgrp", 111, None), ("getpgid", 121, 155),
        ("getuid", 102, 174), ("geteuid", 107, 175), ("getgid", 104, 176), ("getegid", 108, 177), ("getgroups", 115, 158),
        ("uname", 63, 160), ("sysinfo", 99, 179), ("getrusage", 98, 165), ("getrlimit", 97, 163), ("times", 100, 153),
        ("execve", 59, 221), ("exit", 60, 93), ("exit_group", 231, 94),
    ];

    public static readonly SystemCalls X64 = new()
    {
        Architecture = 0xC000003E,
        Execve = 59,
        Openat = 257,
        Prctl = 157,
        Prlimit = 302,
        Seccomp = 317,
        Clone = 56,
        Kill = 62,
        Tgkill = 234,
        Allowed = Rows(static row => row.X64),
    };

    public static readonly SystemCalls Arm64 = new()
    {
        Architecture = 0xC00000B7,
        Execve = 221,
        Openat = 56,
        Prctl = 167,
        Prlimit = 261,
        Seccomp = 277,
        Clone = 220,
        Kill = 129,
        Tgkill = 131,
        Allowed = Rows(static row => row.Arm64),
    };

    private SystemCalls()
    {
    }

    /// <summary>As the kernel names it to filters.</summary>
    public required uint Architecture { get; init; }

    public required uint Execve { get; init; }

    public required uint Openat { get; init; }

    public required uint Prctl { get; init; }

    /// <summary>Allowed to read limits.</summary>
    public required uint Prlimit { get; init; }

    public required uint Seccomp { get; init; }

    /// <summary>Allowed for threads.</summary>
    public required uint Clone { get; init; }

    /// <summary>Allowed to oneself, as is the next.</summary>
    public required uint Kill { get; init; }

    public required uint Tgkill { get; init; }

    /// <summary>Without further question.</summary>
    public required IReadOnlyList<(string Name, uint Number)> Allowed { get; init; }

    private static (string Name, uint Number)[] Rows(Func<(string Name, int X64, int Arm64), int> number) =>
        [.. Table.Where(row => number(row) != None).Select(row => (row.Name, (uint)number(row)))];
}
