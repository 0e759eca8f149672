namespace GitOps.Operator.Model;

/// <summary>What is done about secrets that a rendering has in plain text; the later, the stricter.</summary>
internal enum SecretPolicy
{
    /// <summary>Nothing.</summary>
    Allow,

    /// <summary>They are told of.</summary>
    Warn,

    /// <summary>They are told of, and nothing of the rendering is written.</summary>
    Deny,
}

/// <summary>A secret in plain text, told without any part of it.</summary>
/// <param name="Object">Kind, namespace and name.</param>
/// <param name="Location">File and line.</param>
/// <param name="Place">The key or variable in the object.</param>
/// <param name="What">What it looks like.</param>
internal sealed record SecretFinding(string Object, string Location, string Place, string What)
{
    public override string ToString() => $"{Object} ({Location}): {Place}: {What}";
}
