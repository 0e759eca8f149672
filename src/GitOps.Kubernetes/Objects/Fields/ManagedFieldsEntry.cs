using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects.Fields;

/// <summary>One entry of <c>metadata.managedFields</c>: who owns which fields, since when.</summary>
/// <param name="Manager">The program's claim of its name; may be empty.</param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
/// <param name="ApiVersion">The version in which <paramref name="Fields"/> are to be read.</param>
/// <param name="Subresource">Empty for the object itself; <c>status</c>, <c>scale</c>.</param>
/// <param name="Time">RFC 3339, as the server wrote it; empty if absent.</param>
/// <param name="Fields">The owned paths.</param>
public sealed record ManagedFieldsEntry(
    string Manager, string Operation, string ApiVersion, string Subresource, string Time, FieldSet Fields)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    public bool IsApply => Operation == Apply;

    /// <summary>The entries of an object, in the server's order; an entry that cannot be read is left out.</summary>
    public static ImmutableArray<ManagedFieldsEntry> Of(KubernetesObject subject)
    {
        if (subject.Metadata?["managedFields"] is not JsonArray items)
        {
            return [];
        }

        var entries = ImmutableArray.CreateBuilder<ManagedFieldsEntry>(items.Count);
        foreach (var item in items.OfType<JsonObject>())
        {
            if (Read(item) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries.ToImmutable();
    }

    private static ManagedFieldsEntry? Read(JsonObject item)
    {
        try
        {
            return new(
                KubernetesObject.GetString(item, "manager") ?? string.Empty,
                KubernetesObject.GetString(item, "operation") ?? string.Empty,
                KubernetesObject.GetString(item, "apiVersion") ?? string.Empty,
                KubernetesObject.GetString(item, "subresource") ?? string.Empty,
                KubernetesObject.GetString(item, "time") ?? string.Empty,
                item["fieldsV1"] is JsonObject fields ? FieldSet.Parse(fields) : FieldSet.Empty);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
