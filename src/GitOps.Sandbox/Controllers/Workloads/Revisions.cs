using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>A template that a workload had at some time, as a ControllerRevision keeps it.</summary>
/// <param name="Revision">The object.</param>
internal sealed record TemplateRevision(KubernetesObject Revision)
{
    public string Name => Revision.Name;

    public long Number => Revision.Number("revision") ?? 0;

    public JsonObject Data => Revision.Part("data") ?? [];

    /// <summary>The workload as it was with this template.</summary>
    public KubernetesObject Restore(KubernetesObject workload)
    {
        var restored = workload.DeepClone();
        var template = (JsonObject?)Data["spec"]?["template"]?.DeepClone() ?? [];
        template.Remove("$patch");
        restored.Json["spec"]!["template"] = template;
        return restored;
    }
}

/// <summary>The history of a workload's templates: one ControllerRevision for each.</summary>
internal sealed class Revisions
{
    private readonly ClusterView _view;
    private readonly ControllerClient _client;
    private readonly string _hashLabel;

    /// <param name="view">The cluster.</param>
    /// <param name="client">Who writes.</param>
    /// <param name="hashLabel">The label that holds a revision's hash.</param>
    public Revisions(ClusterView view, ControllerClient client, string hashLabel) => (_view, _client, _hashLabel) = (view, client, hashLabel);

    /// <summary>All revisions of a workload, the oldest first.</summary>
    public IReadOnlyList<TemplateRevision> Of(IEnumerable<StoredObject> claimed) =>
        [.. claimed.Select(stored => new TemplateRevision(_view.Read(Kinds.Revisions, stored)!)).OrderBy(static revision => revision.Number)];

    /// <summary>The revision of the present template: made if there is none, and the newest in any case.</summary>
    public async Task<TemplateRevision> CurrentAsync(KubernetesObject workload, JsonObject reference, IReadOnlyList<TemplateRevision> known, long? collisions)
    {
        var data = DataOf(workload);
        var next = known.Select(static revision => revision.Number).DefaultIfEmpty().Max() + 1;
        if (known.LastOrDefault(revision => JsonNode.DeepEquals(revision.Data, data)) is { } equal)
        {
            if (equal.Number == next - 1)
            {
                return equal;
            }

            equal.Revision.Json["revision"] = next;
            return Read(await _client.UpdateAsync(Kinds.Revisions, equal.Revision));
        }

        var hash = PodTemplates.Hash(data, collisions);
        var labels = (JsonObject?)workload.Part("spec", "template", "metadata", "labels")?.DeepClone() ?? [];
        labels[_hashLabel] = hash;
        return Read(await _client.CreateAsync(Kinds.Revisions, workload.Namespace, new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{workload.Name}-{hash}",
                ["namespace"] = workload.Namespace,
                ["labels"] = labels,
                ["ownerReferences"] = new JsonArray(reference),
            },
            ["data"] = data,
            ["revision"] = next,
        }));
    }

    /// <summary>Deletes the oldest revisions that nothing is made of any more.</summary>
    public async Task TruncateAsync(KubernetesObject workload, IReadOnlyList<TemplateRevision> known, Func<TemplateRevision, bool> isUsed)
    {
        var unused = known.Where(revision => !isUsed(revision)).ToList();
        foreach (var revision in unused.Take((int)Math.Max(0, unused.Count - (workload.Number("spec", "revisionHistoryLimit") ?? 10))))
        {
            if (_view.Find(new(Kinds.Revisions, workload.Namespace, revision.Name)) is { } stored)
            {
                await _client.DeleteAsync(Kinds.Revisions, stored);
            }
        }
    }

    private static JsonObject DataOf(KubernetesObject workload)
    {
        var template = (JsonObject?)workload.Part("spec", "template")?.DeepClone() ?? [];
        template["$patch"] = "replace";
        return new() { ["spec"] = new JsonObject { ["template"] = template } };
    }

    private TemplateRevision Read(StoredObject? stored) => new(_view.Read(Kinds.Revisions, stored!)!);
}
