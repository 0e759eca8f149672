namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>Texts by their bytes in UTF-8, as Go sorts them: what lies outside the basic plane comes after all that is in it.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? string.Empty, y ?? string.Empty);
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                var (isLeftHigh, isRightHigh) = (char.IsSurrogate(left[i]), char.IsSurrogate(right[i]));
                return isLeftHigh == isRightHigh ? left[i].CompareTo(right[i]) : isLeftHigh ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}
