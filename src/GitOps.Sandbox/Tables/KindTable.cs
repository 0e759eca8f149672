using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Tables;

/// <summary>How objects of a kind are shown in a table.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Cells">An object's cells, as many as there are columns.</param>
internal sealed record KindTable(ImmutableArray<TableColumn> Columns, Func<TableSource, JsonNode?[]> Cells)
{
    /// <param name="columns">As <see cref="TableColumn.Parse"/> reads them.</param>
    /// <param name="cells">An object's cells.</param>
    public KindTable(string columns, Func<TableSource, JsonNode?[]> cells)
        : this(TableColumn.Parse(columns), cells)
    {
    }

    /// <summary>What is known of a whole object beside its cells.</summary>
    public Func<TableSource, JsonArray?> Conditions { get; init; } = static _ => null;
}
