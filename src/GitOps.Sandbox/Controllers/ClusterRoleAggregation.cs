using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>Gives a ClusterRole with an aggregationRule the rules of all ClusterRoles that it selects.</summary>
internal sealed class ClusterRoleAggregation : IController
{
    private const string Manager = "clusterrole-aggregation-controller";

    private static readonly ServedResource Roles = ResourceCatalog.BuiltIn.FindStored(new(RoleIndex.Group, "clusterroles"))!;

    private readonly Cluster _cluster;

    public ClusterRoleAggregation(ClusterView view) => _cluster = view.Cluster;

    /// <summary>Any role may be one that others gather.</summary>
    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) => resource == Roles.Storage
        ? _cluster.Store.Table(resource).Objects.Values.SelectMany(static roles => roles.Values).Select(role => WorkKey.Of(resource, role))
        : [];

    public Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        // Not by a request: that would need every right that the role is to have.
        _cluster.Writer.Adjust(Roles, string.Empty, key.Name, Aggregate);
        return Task.FromResult<TimeSpan?>(null);
    }

    private bool Aggregate(JsonObject role)
    {
        if (role.Object("aggregationRule") is not { } aggregation)
        {
            return false;
        }

        var name = new KubernetesObject(role).Name;
        var rules = Gather(name, [.. aggregation.Objects("clusterRoleSelectors").Select(LabelSelector.Of)]);
        if (JsonNode.DeepEquals(rules, role["rules"] as JsonArray ?? []))
        {
            return false;
        }

        Apply(role, name, rules);
        return true;
    }

    private JsonArray Gather(string name, List<LabelSelector> selectors)
    {
        var rules = new JsonArray();
        var roles = _cluster.Store.Take(_cluster.Store.Table(Roles.Storage)).Enumerate(null).Where(role => role.Name != name).ToList();
        foreach (var stored in selectors.SelectMany(selector => roles.Where(role => selector.Matches(role.Labels.Find))))
        {
            foreach (var rule in Roles.Read(stored).Objects("rules"))
            {
                if (!rules.Any(known => JsonNode.DeepEquals(known, rule)))
                {
                    rules.Add(rule.DeepClone());
                }
            }
        }

        return rules;
    }

    /// <summary>By a forced apply, so that nobody else's fields are touched.</summary>
    private void Apply(JsonObject role, string name, JsonArray rules)
    {
        var version = Roles.GroupVersionKind.ApiVersion;
        var applied = new JsonObject
        {
            ["kind"] = Roles.Kind,
            ["apiVersion"] = version,
            ["metadata"] = new JsonObject { ["name"] = name },
            ["rules"] = rules,
        };
        var context = new WriteContext(Manager, version, string.Empty, _cluster.Options.TimeProvider.GetUtcNow()) { Schemas = _cluster.Schemas };
        var next = FieldManagement.Apply(new(role), new(applied), _cluster.Schemas.Find(Roles.GroupVersionKind)!, context, force: true).Object.Json;
        role["rules"] = next["rules"]?.DeepClone();
        role["metadata"]!["managedFields"] = next["metadata"]!["managedFields"]?.DeepClone();
    }
}
