namespace GitOps.Operator.Helm.Jail;

/// <summary>Why the kernel will not close the jail, in words that say who can change it.</summary>
internal static class JailRefusal
{
    private const int NotPermitted = 1;
    private const int NotImplemented = 38;
    private const int NotSupported = 95;
    private const string Profiles =
        "the container's seccomp profile may refuse it: the default ones allow it since Docker 20.10.18, containerd 1.6 and CRI-O 1.25";

    /// <param name="error">An <c>errno</c>.</param>
    public static string OfLandlock(int error) => error switch
    {
        NotImplemented => $"there is no Landlock here: the kernel is older than Linux 5.13 or was built without, or {Profiles}",
        NotSupported => "Landlock is switched off in the kernel: it has to be in the list of the boot parameter lsm=",
        NotPermitted => $"Landlock is refused: {Profiles}",
        _ => $"Landlock cannot be used (error {error})",
    };

    /// <param name="error">An <c>errno</c>.</param>
    public static string OfSeccomp(int error) => error switch
    {
        NotImplemented => "there is no seccomp here: the kernel was built without seccomp filters, or what runs the container hides them",
        NotPermitted => "seccomp is refused: the container's own seccomp profile has to allow the call 'seccomp', as RuntimeDefault does",
        _ => $"seccomp cannot be used (error {error})",
    };
}
