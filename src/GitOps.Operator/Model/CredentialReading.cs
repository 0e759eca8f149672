namespace GitOps.Operator.Model;

/// <summary>What a credential has that ends.</summary>
internal static class CredentialPart
{
    public const string ClientCertificate = "client-certificate";

    /// <summary>All of a bundle.</summary>
    public const string Authorities = "authorities";

    /// <summary>A bearer token, or one as a password.</summary>
    public const string Token = "token";

    /// <summary>Whatever an annotation is about.</summary>
    public const string Annotation = "annotation";

    /// <summary>One that signatures of commits or charts are checked by.</summary>
    public const string VerificationKey = "verification-key";
}

/// <summary>When something ends that a Secret or a ConfigMap holds, and that repositories are reached or verified with.</summary>
/// <param name="Kind">Of the object.</param>
/// <param name="Namespace">Of the object.</param>
/// <param name="Name">Of the object.</param>
/// <param name="Key">In its data; empty: an annotation says so.</param>
/// <param name="What">One of <see cref="CredentialPart"/>.</param>
/// <param name="EndsAt">From then on it is of no use.</param>
/// <param name="IsShortLived">A program replaces it all the time: that its end is near means nothing.</param>
internal sealed record CredentialReading(
    string Kind, string Namespace, string Name, string Key, string What, DateTimeOffset EndsAt, bool IsShortLived = false);
