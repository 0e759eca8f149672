using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Schema;

/// <summary>
/// The value validations of one schema node of a custom resource. <see cref="Properties"/>, <see cref="Items"/> and
/// <see cref="Additional"/> are used only inside allOf, anyOf, oneOf and not; elsewhere the type holds the structure.
/// </summary>
internal sealed record ValueRules
{
    public ImmutableArray<string> Required { get; init; } = [];

    public ImmutableArray<JsonNode?> Enum { get; init; } = [];

    public Regex? Pattern { get; init; }

    /// <summary>The pattern as it was written.</summary>
    public string PatternText { get; init; } = string.Empty;

    public string Format { get; init; } = string.Empty;

    public decimal? Minimum { get; init; }

    public decimal? Maximum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public decimal? MultipleOf { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public bool UniqueItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    /// <summary>The type a junctor's branch asks for; empty if none.</summary>
    public string Type { get; init; } = string.Empty;

    public ImmutableArray<ValueRules> AllOf { get; init; } = [];

    public ImmutableArray<ValueRules> AnyOf { get; init; } = [];

    public ImmutableArray<ValueRules> OneOf { get; init; } = [];

    public ValueRules? Not { get; init; }

    public FrozenDictionary<string, ValueRules> Properties { get; init; } = FrozenDictionary<string, ValueRules>.Empty;

    public ValueRules? Items { get; init; }

    public ValueRules? Additional { get; init; }
}
