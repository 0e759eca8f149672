using System.Collections.Frozen;
using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>All functions of the language as the API server has it.</summary>
internal static class CelLibraries
{
    public static FrozenDictionary<string, ImmutableArray<CelOverload>> Functions { get; } = new[]
        {
            OperatorLibrary.Overloads,
            ConversionLibrary.Overloads,
            TextLibrary.Overloads,
            TimeLibrary.Overloads,
            OptionalLibrary.Overloads,
            ListLibrary.Overloads,
            QuantityLibrary.Overloads,
            NetworkLibrary.Overloads,
            UrlLibrary.Overloads,
            NamedFormats.Overloads,
            AuthorizerLibrary.Overloads,
            JsonPatchLibrary.Overloads,
        }
        .SelectMany(static overloads => overloads)
        .GroupBy(static overload => overload.Function, StringComparer.Ordinal)
        .ToFrozenDictionary(static group => group.Key, static group => group.ToImmutableArray(), StringComparer.Ordinal);
}
