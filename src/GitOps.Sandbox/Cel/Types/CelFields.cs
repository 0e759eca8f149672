using System.Collections.Frozen;

namespace GitOps.Sandbox.Cel.Types;

/// <summary>The declared fields of an object type, by the names that expressions write.</summary>
internal sealed class CelFields
{
    public static readonly CelFields None = new([]);

    /// <summary>Fields of any name, of which nothing is known.</summary>
    public static readonly CelFields Anything = new([]);

    private readonly FrozenDictionary<string, CelField> _byIdentifier;
    private readonly FrozenDictionary<string, CelField> _byName;

    /// <param name="fields">Fields whose name no identifier can be made of are left out of expressions.</param>
    public CelFields(IEnumerable<CelField> fields)
    {
        _byName = fields.ToFrozenDictionary(static field => field.Name, StringComparer.Ordinal);
        _byIdentifier = _byName.Values
            .Select(static field => (Identifier: CelNames.Escape(field.Name), Field: field))
            .Where(static entry => entry.Identifier is not null)
            .ToFrozenDictionary(static entry => entry.Identifier!, static entry => entry.Field, StringComparer.Ordinal);
    }

    public IEnumerable<string> Identifiers => _byIdentifier.Keys;

    public IEnumerable<CelField> All => _byName.Values;

    /// <summary>The field an expression means; a reserved word may stand unescaped.</summary>
    public CelField? Find(string identifier) =>
        _byIdentifier.TryGetValue(identifier, out var field) ? field
        : ReferenceEquals(this, Anything) ? new(CelType.Dyn, identifier)
        : CelNames.IsReserved(identifier) ? _byIdentifier.GetValueOrDefault($"__{identifier}__")
        : null;

    /// <summary>The field of a name in JSON.</summary>
    public CelField? FindByName(string name) => _byName.GetValueOrDefault(name);
}
