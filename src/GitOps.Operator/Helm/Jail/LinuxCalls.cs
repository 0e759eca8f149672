using System.ComponentModel;
using System.Runtime.InteropServices;

namespace GitOps.Operator.Helm.Jail;

/// <summary>
/// System calls by number: all of them through one function with one signature, so that after the first nothing has to be loaded,
/// compiled or allocated any more, which the limits of a jail might refuse.
/// </summary>
internal static class LinuxCalls
{
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static SystemCalls Numbers => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? SystemCalls.X64 : SystemCalls.Arm64;

    /// <exception cref="Win32Exception">It failed.</exception>
    public static long Do(string what, long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0)
    {
        var result = Syscall(number, a, b, c, d, e);
        return result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <returns>-1: it failed.</returns>
    public static long Try(long number, long a = 0, long b = 0, long c = 0) => Syscall(number, a, b, c, 0, 0);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Syscall(long number, long a, long b, long c, long d, long e);
}

/// <summary>Numbers that differ between machines.</summary>
internal sealed record SystemCalls(uint Architecture, long Execve, long Openat, long Prctl, long Prlimit, long Seccomp, long CloneProcess, long[] SignalsToOneself, long[] Denied)
{
    /// <summary>The same everywhere.</summary>
    public const long LandlockCreateRuleset = 444;
    public const long LandlockAddRule = 445;
    public const long LandlockRestrictSelf = 446;
    public const long CloseRange = 436;

    /// <summary>Answered as if the kernel were older, so that a program does without.</summary>
    public static readonly long[] Unknown = [425, 426, 427, 435];

    // pidfd_send_signal, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_open, pidfd_getfd, mount_setattr, memfd_secret, fchmodat2
    private static readonly long[] DeniedEverywhere = [424, 428, 429, 430, 431, 432, 433, 434, 438, 442, 447, 452];

    public static readonly SystemCalls X64 = new(
        0xC000003E, 59, 257, 157, 302, 317, 56, [62, 234],
        [
            .. DeniedEverywhere,
            41, 42, 43, 49, 50, 53, 288, // socket, connect, accept, bind, listen, socketpair, accept4
            57, 58, 322, // fork, vfork, execveat
            101, 129, 200, 297, 310, 311, 312, // ptrace, rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, process_vm_readv, process_vm_writev, kcmp
            155, 161, 165, 166, 272, 308, // pivot_root, chroot, mount, umount2, unshare, setns
            246, 298, 321, 323, 135, 169, 167, 168, 170, 171, 175, 176, 313, // kexec_load, perf_event_open, bpf, userfaultfd, personality, reboot, swapon …
            248, 249, 250, 29, 30, 31, 64, 68, 240, 319, // add_key, request_key, keyctl, shm*, semget, msgget, mq_open, memfd_create
            303, 304, 76, 90, 91, 92, 93, 94, 260, 268, 132, 133, 259, 235, 261, 280, 188, 189, 190, 197, 198, 199, // handles, truncate, chmod, chown, mknod, utimes, xattr
            141, 160, // setpriority, setrlimit
        ]);

    public static readonly SystemCalls Arm64 = new(
        0xC00000B7, 221, 56, 167, 261, 277, 220, [129, 131],
        [
            .. DeniedEverywhere,
            198, 199, 200, 201, 202, 203, 242,
            281,
            117, 130, 138, 240, 270, 271, 272,
            41, 51, 40, 39, 97, 268,
            104, 241, 280, 282, 92, 142, 224, 225, 161, 162, 105, 106, 273,
            217, 218, 219, 194, 195, 196, 190, 186, 180, 279,
            264, 265, 45, 52, 53, 54, 55, 88, 33, 5, 6, 7, 14, 15, 16,
            140, 164,
        ]);
}
