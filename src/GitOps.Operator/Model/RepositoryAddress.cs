namespace GitOps.Operator.Model;

/// <summary>A repository as somebody reaches it: who asks decides which credentials may be used.</summary>
/// <param name="Url">As the Application writes it.</param>
/// <param name="Tenant">The namespace of the Application that asks; empty: nobody, who has no credentials.</param>
internal readonly record struct RepositoryAddress(string Url, string Tenant)
{
    public static implicit operator RepositoryAddress(string url) => new(url, string.Empty);

    /// <summary>The URL alone, for messages.</summary>
    public override string ToString() => Url;
}

/// <summary>Which commit of a repository is meant.</summary>
/// <param name="Text">Branch, tag, <c>refs/…</c>, commit id (7 digits or more), <c>HEAD</c>, empty, or a range of versions over the tags.</param>
/// <param name="TagPrefix">What stands before the version in the tags that a range is looked up among; empty: nothing.</param>
internal readonly record struct RevisionName(string Text, string TagPrefix)
{
    public static implicit operator RevisionName(string text) => new(text, string.Empty);

    public override string ToString() => TagPrefix.Length == 0 ? Text : $"{TagPrefix}{Text}";
}
