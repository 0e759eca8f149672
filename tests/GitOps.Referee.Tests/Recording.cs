using System.Text.Json.Nodes;

namespace GitOps.Referee.Tests;

/// <summary>A sequence of watch events of one ConfigMap, given to a judge one by one; each is a second after the one before.</summary>
internal sealed class Recording
{
    public const string Ours = "gitops-operator";

    private readonly Judge _judge = new(Ours);
    private readonly Dictionary<(string Manager, string Operation), (int Time, string[] Keys)> _entries = [];
    private long _now = 1;
    private int _version;
    private string _uid = "1";
    private JsonObject _data = [];

    public IReadOnlyList<Finding> Findings => _judge.Findings;

    /// <summary><c>path by manager, then manager: end</c>, a line each; a dash for nobody.</summary>
    public string Told => string.Join('\n', Findings.Select(static finding =>
        $"{(finding.IsDeletion ? "deleted" : finding.Path)} by {string.Join(", then ", finding.Culprits.Select(static name => name.Length == 0 ? "-" : name))}: {finding.End}"));

    public IReadOnlyList<string> History => _judge.HistoryOf(new("ConfigMap", "home", "settings"));

    /// <summary>What our manager applied: all of these keys are its own then.</summary>
    public Recording Apply(int time, string data) => Write(Ours, "Apply", time, data, [.. Json(data).Select(static pair => pair.Key)]);

    /// <summary>Somebody's write: what changed of it leaves the sets of all others.</summary>
    public Recording Edit(string manager, int time, string data, string operation = "Update")
    {
        var before = _data;
        var after = Json(data);
        string[] changed = [.. after.Where(pair => !JsonNode.DeepEquals(before[pair.Key], pair.Value)).Select(static pair => pair.Key)];
        string[] gone = [.. before.Where(pair => !after.ContainsKey(pair.Key)).Select(static pair => pair.Key)];
        foreach (var (id, entry) in _entries.ToList())
        {
            _entries[id] = entry with { Keys = [.. entry.Keys.Except(changed, StringComparer.Ordinal).Except(gone, StringComparer.Ordinal)] };
        }

        _entries.TryGetValue((manager, operation), out var own);
        return Write(manager, operation, time, data, [.. (own.Keys ?? []).Union(changed, StringComparer.Ordinal)]);
    }

    /// <summary>A write in which an admission webhook changed values under everybody's hands: no set but the writer's moves.</summary>
    public Recording Rewrite(string writer, int time, string data) => Write(writer, "Update", time, data, ["touched"]);

    public Recording Delete()
    {
        _judge.Take("DELETED", Subject(), _now++);
        return this;
    }

    public Recording Terminate()
    {
        var subject = Subject();
        subject["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        _judge.Take("MODIFIED", subject, _now++);
        return this;
    }

    /// <summary>What comes next is another object of the name, and nobody owns anything of it yet.</summary>
    public Recording Anew()
    {
        _uid += "1";
        _entries.Clear();
        _data = [];
        return this;
    }

    private static JsonObject Json(string data) => JsonNode.Parse(data)!.AsObject();

    private Recording Write(string manager, string operation, int time, string data, string[] keys)
    {
        _data = Json(data);
        _entries[(manager, operation)] = (time, keys);
        foreach (var (id, entry) in _entries.ToList())
        {
            if (entry.Keys.Length == 0)
            {
                _entries.Remove(id);
            }
            else if (manager == Ours && operation == "Apply" && id.Manager != Ours)
            {
                _entries[id] = entry with { Keys = [.. entry.Keys.Except(keys, StringComparer.Ordinal)] };
            }
        }

        _judge.Take(_version == 0 ? "ADDED" : "MODIFIED", Subject(), _now++);
        return this;
    }

    private JsonObject Subject() => new()
    {
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject
        {
            ["namespace"] = "home",
            ["name"] = "settings",
            ["uid"] = _uid,
            ["resourceVersion"] = $"{++_version}",
            ["managedFields"] = new JsonArray([.. _entries.Where(static pair => pair.Value.Keys.Length > 0).Select(static pair => new JsonObject
            {
                ["manager"] = pair.Key.Manager,
                ["operation"] = pair.Key.Operation,
                ["apiVersion"] = "v1",
                ["time"] = $"2026-01-01T00:00:{pair.Value.Time:00}Z",
                ["fieldsV1"] = new JsonObject { ["f:data"] = new JsonObject(pair.Value.Keys.Select(static key => KeyValuePair.Create<string, JsonNode?>("f:" + key, new JsonObject()))) },
            })]),
        },
        ["data"] = _data.DeepClone(),
    };
}
