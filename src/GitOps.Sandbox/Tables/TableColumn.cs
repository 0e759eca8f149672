using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Tables;

/// <summary>One column of a table.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Type">string, integer, number, boolean or date.</param>
/// <param name="Format"><c>name</c> for the column of names; may be empty.</param>
/// <param name="Description">May be empty.</param>
/// <param name="Priority">0: always shown; greater: in wide output.</param>
internal sealed record TableColumn(string Heading, string Type = "string", string Format = "", string Description = "", long Priority = 0)
{
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        ["Name"] = "The object's name.",
        ["Age"] = "How long ago the object was created.",
        ["Created At"] = "When the object was created.",
    };

    /// <summary>The first column of nearly all tables.</summary>
    public static TableColumn Name { get; } = ParseOne("Name!");

    public JsonObject Definition => new()
    {
        ["name"] = Heading,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };

    /// <summary>
    /// Reads columns as they are written in this folder: <c>Name!, Desired:integer, Images?</c>. A colon is followed by the type
    /// where it is not string; <c>!</c> marks the format <c>name</c>, <c>?</c> the columns of wide output.
    /// </summary>
    public static ImmutableArray<TableColumn> Parse(string columns) => [.. columns.Split(", ").Select(ParseOne)];

    private static TableColumn ParseOne(string text)
    {
        var plain = text.TrimEnd('!', '?');
        var marks = text[plain.Length..];
        var colon = plain.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? plain : plain[..colon];
        return new(
            name,
            colon < 0 ? "string" : plain[(colon + 1)..],
            marks.Contains('!', StringComparison.Ordinal) ? "name" : string.Empty,
            Descriptions.GetValueOrDefault(name, string.Empty),
            marks.Contains('?', StringComparison.Ordinal) ? 1 : 0);
    }
}
