namespace GitOps.Operator.Api;

internal static class Texts
{
    /// <summary>API objects leave out what is empty.</summary>
    public static string? NullIfEmpty(this string? text) => string.IsNullOrEmpty(text) ? null : text;
}
