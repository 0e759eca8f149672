using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Api;

/// <summary>Which program asked for something, as it calls itself, and when.</summary>
/// <param name="Manager">Its field manager: <c>kubectl-annotate</c>.</param>
/// <param name="Time">RFC 3339, as the server recorded it.</param>
internal sealed record Asker(string Manager, string Time)
{
    public const string Operation = "operation";

    private static readonly string[] Requests =
    [
        Annotations.Sync, Annotations.Terminate, Annotations.RollbackTo, Annotations.Prefix + Annotations.Refresh, Annotations.ArgoPrefix + Annotations.Refresh,
    ];

    public override string ToString() => Time.Length == 0 ? $"by {Manager}" : $"by {Manager} at {Time}";

    /// <summary>By annotation, or <see cref="Operation"/>; of what is there. Most Applications ask for nothing, and cost nothing.</summary>
    public static ImmutableDictionary<string, Asker> Of(KubernetesObject application)
    {
        var annotations = Requests.Where(name => application.Annotation(name) is not null).ToList();
        if (annotations.Count == 0 && application.Json["operation"] is null)
        {
            return ImmutableDictionary<string, Asker>.Empty;
        }

        var askers = ImmutableDictionary.CreateBuilder<string, Asker>(StringComparer.Ordinal);
        foreach (var entry in ManagedFieldsEntry.Of(application).Where(static entry => entry.Subresource.Length == 0).OrderBy(static entry => entry.Time, StringComparer.Ordinal))
        {
            var below = Below(Below(entry.Fields, "f:metadata"), "f:annotations");
            foreach (var name in annotations.Where(name => below.Entries.Any(item => item.Element.Text == $"f:{name}")))
            {
                askers[name] = new(entry.Manager, entry.Time);
            }

            if (entry.Fields.Entries.Any(static item => item.Element.Text == "f:operation"))
            {
                askers[Operation] = new(entry.Manager, entry.Time);
            }
        }

        return askers.ToImmutable();
    }

    /// <summary>
    /// Which program wrote the spec last; an Application that applies others is named itself. The server notes whole seconds: all who
    /// wrote in the last of them are named. Null: the server does not say.
    /// </summary>
    public static string? OfSpec(KubernetesObject application)
    {
        var (managers, last) = (new SortedSet<string>(StringComparer.Ordinal), string.Empty);
        foreach (var entry in (application.Metadata?["managedFields"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (manager, time) = (KubernetesObject.GetString(entry, "manager"), KubernetesObject.GetString(entry, "time") ?? string.Empty);
            if (manager is null || entry["fieldsV1"] is not JsonObject fields || !fields.ContainsKey("f:spec")
                || KubernetesObject.GetString(entry, "subresource") is { Length: > 0 } || string.CompareOrdinal(time, last) < 0)
            {
                continue;
            }

            if (time != last)
            {
                managers.Clear();
                last = time;
            }

            managers.Add(manager == Names.FieldManager && Marks.Owner(application) is { } parent ? $"Application {parent}" : manager);
        }

        return managers.Count == 0 ? null : string.Join(", ", managers);
    }

    private static FieldSet Below(FieldSet set, string name) => set.Entries
        .Where(item => item.Element.Text == name).Select(static item => item.Children).FirstOrDefault() ?? FieldSet.Empty;
}
