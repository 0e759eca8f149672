namespace GitOps.Operator.Git.Signatures;

/// <summary>Nobody can say whether something is signed: a program is missing, keys make no sense. The message has no key material.</summary>
internal sealed class VerificationException : Exception
{
    public VerificationException(string reason, string message, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>A word in CamelCase.</summary>
    public string Reason { get; }

    public static VerificationException NoProgram(string program, string package, Exception? inner = null) => new(
        "ProgramMissing", $"the program {program} cannot be started: signatures cannot be checked without it; install {package} in the operator's image", inner);
}
