using System.ComponentModel;
using System.Runtime.InteropServices;

namespace GitOps.Operator.Helm.Jail;

/// <summary>
/// System calls by number: all of them through one function with one signature, so that after the first nothing has to be loaded,
/// compiled or allocated any more, which the limits of a jail might refuse.
/// </summary>
internal static class LinuxCalls
{
    /// <summary>The same on every machine.</summary>
    public const long CloseRange = 436;
    public const long LandlockCreateRuleset = 444;
    public const long LandlockAddRule = 445;
    public const long LandlockRestrictSelf = 446;

    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static SystemCalls Numbers => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? SystemCalls.X64 : SystemCalls.Arm64;

    /// <exception cref="Win32Exception">It failed.</exception>
    public static long Do(string what, long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0)
    {
        var result = Syscall(number, a, b, c, d, e);
        return result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <returns>Less than 0: it failed, for this reason (the negated <c>errno</c>).</returns>
    public static long Try(long number, long a = 0, long b = 0, long c = 0)
    {
        var result = Syscall(number, a, b, c, 0, 0);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Syscall(long number, long a, long b, long c, long d, long e);
}
