using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Apply;

/// <summary>What makes an entry of managedFields one and the same. An applier's version is no part of it (empty).</summary>
internal readonly record struct ManagerKey(string Manager, string Operation, string ApiVersion, string Subresource)
{
    public bool IsApply => Operation == ManagedFieldsEntry.Apply;

    public static ManagerKey Applier(WriteContext context) =>
        new(NameOf(context), ManagedFieldsEntry.Apply, string.Empty, context.Subresource);

    public static ManagerKey Updater(WriteContext context) =>
        new(NameOf(context), ManagedFieldsEntry.Update, context.ApiVersion, context.Subresource);

    /// <summary>As conflicts name a manager.</summary>
    public override string ToString()
    {
        var text = Subresource.Length == 0 ? $"\"{Manager}\"" : $"\"{Manager}\" with subresource \"{Subresource}\"";
        return IsApply ? text : $"{text} using {ApiVersion}";
    }

    private static string NameOf(WriteContext context) => context.Manager.Length == 0 ? "unknown" : context.Manager;
}

/// <summary>The fields one manager owns, in the version they are written in.</summary>
internal sealed record ManagedSet(FieldSet Fields, string ApiVersion);

/// <summary>The entries of one object's managedFields while a write works on them.</summary>
internal sealed class ManagedFields
{
    private const int MaxUpdaters = 10;
    private const string AncientChanges = "ancient-changes";

    public Dictionary<ManagerKey, ManagedSet> Sets { get; } = [];

    /// <summary>RFC 3339 with seconds, as it stands in the entry; no entry where there is no time.</summary>
    public Dictionary<ManagerKey, string> Times { get; } = [];

    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads the entries.</summary>
    /// <exception cref="FormatException">One of them is not valid.</exception>
    public static ManagedFields Parse(JsonArray? entries)
    {
        var managed = new ManagedFields();
        for (var i = 0; i < (entries?.Count ?? 0); i++)
        {
            managed.Add(entries![i] as JsonObject ?? throw new FormatException("a managed fields entry is an object"), i);
        }

        return managed;
    }

    /// <summary>The entries, or none where they cannot be read.</summary>
    public static ManagedFields ParseOrEmpty(JsonArray? entries)
    {
        try
        {
            return Parse(entries);
        }
        catch (FormatException)
        {
            return new();
        }
    }

    /// <summary>The entries in the server's order: appliers first, then by time, manager, version and subresource.</summary>
    public JsonArray ToJson()
    {
        var entries = Sets
            .OrderBy(static entry => entry.Key.Operation, StringComparer.Ordinal)
            .ThenBy(entry => Times.GetValueOrDefault(entry.Key, string.Empty), StringComparer.Ordinal)
            .ThenBy(static entry => entry.Key.Manager, StringComparer.Ordinal)
            .ThenBy(static entry => entry.Value.ApiVersion, StringComparer.Ordinal)
            .ThenBy(static entry => entry.Key.Subresource, StringComparer.Ordinal);
        var json = new JsonArray();
        foreach (var (key, set) in entries)
        {
            json.Add((JsonNode)ToJson(key, set));
        }

        return json;
    }

    public void RemoveEmpty()
    {
        foreach (var key in Sets.Where(static entry => entry.Value.Fields.IsEmpty).Select(static entry => entry.Key).ToArray())
        {
            Sets.Remove(key);
        }
    }

    /// <summary>Merges the oldest updaters of a version into one once there are too many; appliers are kept.</summary>
    public void CapUpdaters()
    {
        var updaters = Sets.Keys
            .Where(static key => !key.IsApply)
            .OrderBy(key => Times.GetValueOrDefault(key, string.Empty), StringComparer.Ordinal)
            .ThenBy(static key => key.Manager, StringComparer.Ordinal)
            .ThenBy(static key => key.ApiVersion, StringComparer.Ordinal)
            .ThenBy(static key => key.Subresource, StringComparer.Ordinal)
            .ToArray();
        var count = updaters.Length;
        var oldestOfVersion = new Dictionary<string, ManagerKey>(StringComparer.Ordinal);
        foreach (var updater in updaters)
        {
            if (count <= MaxUpdaters)
            {
                return;
            }

            var set = Sets[updater];
            if (!oldestOfVersion.TryGetValue(set.ApiVersion, out var oldest))
            {
                oldestOfVersion[set.ApiVersion] = updater;
                continue;
            }

            var bucket = new ManagerKey(AncientChanges, ManagedFieldsEntry.Update, set.ApiVersion, string.Empty);
            if (!Sets.TryGetValue(bucket, out var merged))
            {
                Sets.Remove(oldest, out merged);
            }

            Sets[bucket] = set with { Fields = set.Fields.Union(merged!.Fields) };
            SetTime(bucket, Times.GetValueOrDefault(updater));
            Sets.Remove(updater);
            count--;
        }
    }

    public void SetTime(ManagerKey key, string? time)
    {
        if (time is null)
        {
            Times.Remove(key);
        }
        else
        {
            Times[key] = time;
        }
    }

    private JsonObject ToJson(ManagerKey key, ManagedSet set)
    {
        var entry = new JsonObject
        {
            ["manager"] = key.Manager,
            ["operation"] = key.Operation,
            ["apiVersion"] = set.ApiVersion,
        };
        if (Times.TryGetValue(key, out var time))
        {
            entry["time"] = time;
        }

        entry["fieldsType"] = "FieldsV1";
        entry["fieldsV1"] = set.Fields.ToJson();
        if (key.Subresource.Length > 0)
        {
            entry["subresource"] = key.Subresource;
        }

        return entry;
    }

    private void Add(JsonObject entry, int index)
    {
        var operation = KubernetesObject.GetString(entry, "operation");
        if (operation is not (ManagedFieldsEntry.Apply or ManagedFieldsEntry.Update))
        {
            throw new FormatException("operation must be `Apply` or `Update`");
        }

        var apiVersion = KubernetesObject.GetString(entry, "apiVersion") ?? string.Empty;
        if (apiVersion.Length == 0)
        {
            throw new FormatException("apiVersion must not be empty");
        }

        var fieldsType = KubernetesObject.GetString(entry, "fieldsType") ?? string.Empty;
        if (fieldsType != "FieldsV1")
        {
            throw new FormatException(fieldsType.Length == 0
                ? $"missing fieldsType in managed fields entry {index}"
                : $"invalid fieldsType \"{fieldsType}\" in managed fields entry {index}");
        }

        var key = new ManagerKey(
            KubernetesObject.GetString(entry, "manager") ?? string.Empty,
            operation,
            operation == ManagedFieldsEntry.Apply ? string.Empty : apiVersion,
            KubernetesObject.GetString(entry, "subresource") ?? string.Empty);
        Sets[key] = new(entry["fieldsV1"] is JsonObject fields ? FieldSet.Parse(fields) : FieldSet.Empty, apiVersion);
        SetTime(key, KubernetesObject.GetString(entry, "time"));
    }
}
