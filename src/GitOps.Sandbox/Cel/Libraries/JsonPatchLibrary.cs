using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>What helps to write JSON patches; only where these can be made.</summary>
internal static class JsonPatchLibrary
{
    public const string EscapeKey = "jsonpatch.escapeKey";

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        CelSignature.Read("string_jsonpatch_escapeKey_string", $"{EscapeKey}(string): string", static a => CelString.Of(
            ((CelString)a[0]).Value.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal))),
    ];
}
