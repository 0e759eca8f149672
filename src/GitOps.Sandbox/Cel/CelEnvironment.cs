using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel;

/// <summary>
/// What an expression may use: functions, types and declared variables. Immutable; every <c>With</c> gives another environment.
/// </summary>
internal sealed record CelEnvironment
{
    private static readonly ImmutableDictionary<string, CelType> StandardTypes = new[]
    {
        CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Bytes, CelType.Null, CelType.TypeType,
        CelType.Timestamp, CelType.Duration, CelType.AnyList, CelType.AnyMap,
        CelType.Opaque("optional_type", CelType.Dyn),
        CelTypes.Url, CelTypes.Quantity, CelTypes.Semver, CelTypes.NamedFormat, CelTypes.IP, CelTypes.Cidr,
        CelTypes.Authorizer, CelTypes.PathCheck, CelTypes.GroupCheck, CelTypes.ResourceCheck, CelTypes.Decision,
    }.ToImmutableDictionary(static type => type.Name, StringComparer.Ordinal);

    private ImmutableDictionary<string, CelType> _variables = ImmutableDictionary<string, CelType>.Empty.WithComparers(StringComparer.Ordinal);
    private ImmutableDictionary<string, CelType> _types = StandardTypes;
    private bool _hasObjectTypes;

    private CelEnvironment()
    {
    }

    /// <summary>The language with all libraries of the API server, and no variable.</summary>
    public static CelEnvironment Base { get; } = new();

    /// <summary>Declares a variable, or declares it anew.</summary>
    public CelEnvironment WithVariable(string name, CelType type) => this with { _variables = _variables.SetItem(name, type) };

    /// <summary>Adds a type that expressions may name.</summary>
    public CelEnvironment WithType(CelType type) => this with { _types = _types.SetItem(type.Name, type) };

    /// <summary>
    /// Adds what mutations are made of: <c>Object{…}</c>, <c>Object.spec{…}</c> with fields of any name, and <c>JSONPatch{…}</c>.
    /// </summary>
    public CelEnvironment WithObjectTypes() => this with { _hasObjectTypes = true };

    public CelType? FindVariable(string name) => _variables.GetValueOrDefault(name);

    public CelType? FindType(string name) =>
        _types.GetValueOrDefault(name) ?? (_hasObjectTypes ? CelObjectTypes.Find(name) : null);

    /// <summary>The overloads of a function; null if there is none of that name.</summary>
    public ImmutableArray<CelOverload>? FindFunction(string name) =>
        CelLibraries.Functions.TryGetValue(name, out var overloads) && (_hasObjectTypes || name != JsonPatchLibrary.EscapeKey) ? overloads : null;
}
