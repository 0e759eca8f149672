namespace GitOps.Sandbox.Storage;

/// <summary>As etcd sorts keys: a namespace stands there with a slash behind it, so <c>a-b</c> comes before <c>a</c>.</summary>
internal sealed class NamespaceOrder : IComparer<string>
{
    public static readonly NamespaceOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x, right = y;
        var shared = left.CommonPrefixLength(right);
        var a = shared < left.Length ? left[shared] : '/';
        var b = shared < right.Length ? right[shared] : '/';
        return a.CompareTo(b);
    }
}
