using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Tests.Helm.Jail;

/// <summary>The filter of each machine, asked about every call that its kernel has.</summary>
public sealed class SyscallFilterTests
{
    private const int Itself = 4711;
    private const uint Allowed = 0x7FFF0000;
    private const uint Killed = 0x80000000;
    private const uint NotPermitted = 0x00050001;
    private const uint NotImplemented = 0x00050026;
    private const uint X64 = 0xC000003E;
    private const uint Arm64 = 0xC00000B7;
    private const uint FirstShared = 424;

    // What a rendering must not have, whatever else changes: network, other programs and processes, changes of files, of rights and
    // of the machine, memory that outlives it.
    private static readonly string[] Never =
    [
        "socket", "socketpair", "connect", "accept", "accept4", "bind", "listen", "sendto", "sendmsg", "recvfrom", "io_uring_setup", "io_uring_enter",
        "fork", "vfork", "clone3", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
        "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setsid", "setpgid", "wait4", "waitid",
        "creat", "openat2", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
        "mknod", "mknodat", "truncate", "ftruncate", "fallocate", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "utimensat", "setxattr",
        "chdir", "fchdir", "chroot", "pivot_root", "mount", "umount2", "unshare", "setns", "open_by_handle_at", "name_to_handle_at", "fsopen", "move_mount",
        "setuid", "setgid", "setresuid", "setgroups", "capset", "prctl", "seccomp", "personality", "setrlimit", "setpriority", "sched_setscheduler", "sched_setaffinity",
        "bpf", "perf_event_open", "userfaultfd", "kexec_load", "init_module", "finit_module", "reboot", "swapon", "keyctl", "add_key", "request_key",
        "memfd_create", "memfd_secret", "shmget", "shmat", "msgget", "semget", "mq_open", "inotify_init1", "fanotify_init", "ioctl", "splice", "sendfile",
        "landlock_create_ruleset", "process_madvise", "process_mrelease",
    ];

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Numbers_are_those_of_the_kernel(uint architecture)
    {
        var (calls, table) = Of(architecture);

        calls.Architecture.ShouldBe(architecture);
        calls.Allowed.Count.ShouldBe(calls.Allowed.Select(static call => call.Name).Distinct(StringComparer.Ordinal).Count());
        foreach (var (name, number) in (IEnumerable<(string, uint)>)
            [
                .. calls.Allowed, ("execve", calls.Execve), ("openat", calls.Openat), ("prctl", calls.Prctl), ("prlimit64", calls.Prlimit),
                ("seccomp", calls.Seccomp), ("clone", calls.Clone), ("kill", calls.Kill), ("tgkill", calls.Tgkill),
                ("close_range", (uint)LinuxCalls.CloseRange), ("landlock_create_ruleset", (uint)LinuxCalls.LandlockCreateRuleset),
                ("landlock_add_rule", (uint)LinuxCalls.LandlockAddRule), ("landlock_restrict_self", (uint)LinuxCalls.LandlockRestrictSelf),
            ])
        {
            table.ContainsKey(name).ShouldBeTrue(name);
            number.ShouldBe(table[name], name);
        }
    }

    [Fact]
    public void A_call_that_both_machines_have_is_allowed_on_both_or_on_none()
    {
        static IEnumerable<string> Names(SystemCalls calls, IReadOnlyDictionary<string, uint> other) =>
            calls.Allowed.Select(static call => call.Name).Where(other.ContainsKey).Order(StringComparer.Ordinal);

        Names(SystemCalls.X64, SystemCallTable.Arm64).ShouldBe(Names(SystemCalls.Arm64, SystemCallTable.X64));
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Only_what_is_listed_is_allowed(uint architecture)
    {
        var (calls, _) = Of(architecture);
        var filter = SyscallFilter.Build(calls, Itself);
        var listed = calls.Allowed.Select(static call => call.Number).ToHashSet();

        for (uint number = 0; number < 2048; number++)
        {
            var expected = listed.Contains(number) || number == calls.Prlimit ? Allowed : number >= FirstShared ? NotImplemented : NotPermitted;
            BpfMachine.Run(filter, new(number, architecture)).ShouldBe(expected, $"call {number}");
        }
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void What_a_rendering_must_not_have_is_refused(uint architecture)
    {
        var (calls, table) = Of(architecture);
        var filter = SyscallFilter.Build(calls, Itself);

        foreach (var name in Never)
        {
            (SystemCallTable.X64.ContainsKey(name) || SystemCallTable.Arm64.ContainsKey(name)).ShouldBeTrue(name);
            if (table.TryGetValue(name, out var number))
            {
                BpfMachine.Run(filter, new(number, architecture)).ShouldBe(number >= FirstShared ? NotImplemented : NotPermitted, name);
            }
        }
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Threads_are_started_and_processes_are_not(uint architecture)
    {
        const ulong thread = 0x3D0F00;
        const ulong process = 0x1200011;
        const ulong like_vfork = 0x4111;
        const ulong in_the_upper_half = 0x0001_0000_0000_0000;

        foreach (var (flags, expected) in ((ulong, uint)[])[(thread, Allowed), (process, NotPermitted), (like_vfork, NotPermitted), (in_the_upper_half, NotPermitted)])
        {
            Ask(architecture, "clone", flags).ShouldBe(expected, $"{flags:x}");
        }
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Signals_reach_only_itself(uint architecture)
    {
        foreach (var name in (string[])["kill", "tgkill"])
        {
            Ask(architecture, name, Itself, 9).ShouldBe(Allowed, name);
            Ask(architecture, name, 1, 9).ShouldBe(NotPermitted, name);
            Ask(architecture, name, 0, 9).ShouldBe(NotPermitted, name);
            Ask(architecture, name, unchecked((ulong)-1), 9).ShouldBe(NotPermitted, name);
            Ask(architecture, name, unchecked((ulong)-Itself), 9).ShouldBe(NotPermitted, name);
        }
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Limits_are_read_and_not_set(uint architecture)
    {
        Ask(architecture, "prlimit64", 0, 7, 0, 0x7FFE_0000_1234).ShouldBe(Allowed);
        Ask(architecture, "prlimit64", 0, 7, 0x7FFE_0000_1234, 0).ShouldBe(NotPermitted);
        Ask(architecture, "prlimit64", 0, 7, 0x7FFE_0000_0000, 0).ShouldBe(NotPermitted);
        Ask(architecture, "prlimit64", 0, 7, 0x1234, 0).ShouldBe(NotPermitted);
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void Numbers_of_another_machine_end_the_program(uint architecture)
    {
        const uint x86 = 0x40000003;
        const uint arm = 0x40000028;
        var (calls, table) = Of(architecture);
        var filter = SyscallFilter.Build(calls, Itself);

        foreach (var other in (uint[])[x86, arm, architecture == X64 ? Arm64 : X64, 0, architecture ^ 0x80000000])
        {
            BpfMachine.Run(filter, new(table["read"], other)).ShouldBe(Killed, $"{other:x}");
        }

        // x32: the same machine by name, numbers of its own.
        foreach (var number in (uint[])[0x40000000, 0x40000000 + table["read"], 0x40000208, uint.MaxValue])
        {
            BpfMachine.Run(filter, new(number, architecture)).ShouldBe(Killed, $"{number:x}");
        }
    }

    [Theory]
    [InlineData(X64)]
    [InlineData(Arm64)]
    public void To_close_the_jail_takes_only_what_a_default_container_profile_allows(uint architecture)
    {
        var (_, table) = Of(architecture);

        foreach (var name in (string[])["prctl", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "openat", "close_range", "prlimit64", "seccomp", "execve"])
        {
            table.ContainsKey(name).ShouldBeTrue(name);
            SystemCallTable.RuntimeDefault.ShouldContain(name, StringComparer.Ordinal);
        }
    }

    private static uint Ask(uint architecture, string name, params ulong[] arguments)
    {
        var (calls, table) = Of(architecture);
        return BpfMachine.Run(SyscallFilter.Build(calls, Itself), new(table[name], architecture, arguments));
    }

    private static (SystemCalls Calls, IReadOnlyDictionary<string, uint> Table) Of(uint architecture) =>
        architecture == X64 ? (SystemCalls.X64, SystemCallTable.X64) : (SystemCalls.Arm64, SystemCallTable.Arm64);
}
