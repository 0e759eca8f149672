using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Plugins;

/// <summary>
/// Refuses what exceeds a quota of its namespace, and charges what does not. What is allowed and used stands in the quota's
/// status, as on a real server: whoever counts what there was before writes it there, and until then nothing is enforced.
/// </summary>
internal static class ResourceQuotas
{
    public static readonly GroupResource Resource = new(string.Empty, "resourcequotas");

    private const string Manager = "kube-apiserver";

    private static ServedResource Served { get; } = ResourceCatalog.BuiltIn.FindStored(Resource)!;

    /// <exception cref="ApiError">403: a quota would be exceeded.</exception>
    public static void Charge(AdmissionRequest request)
    {
        if (!request.Resource.Namespaced || request.Object is not { } json || !QuotaUsage.IsTouchedBy(request)
            || !request.Cluster.Store.Table(Resource).Objects.TryGetValue(request.Namespace, out var quotas))
        {
            return;
        }

        var usage = QuotaUsage.Of(request.Storage, json);
        var touched = quotas.Values.Where(quota => Check(request, Served.Read(quota), json, usage) is { Count: > 0 }).ToList();
        if (request.DryRun)
        {
            return;
        }

        foreach (var quota in touched)
        {
            request.Cluster.Writer.Adjust(Served, quota.Namespace, quota.Name, next =>
            {
                var more = Check(request, next, json, usage);
                var used = Amounts.Read(next.Object("status").Object("used"));
                used.Add(more);
                WriteUsed(request.Cluster, next, used);
                return more.Count > 0;
            });
        }
    }

    /// <summary>Writes what is used into a quota, as the server's own doing.</summary>
    public static void WriteUsed(Cluster cluster, JsonObject quota, Amounts used)
    {
        var live = (JsonObject)quota.DeepClone();
        var amounts = new JsonObject();
        foreach (var (name, amount) in used)
        {
            amounts[name] = amount.ToString();
        }

        quota.ObjectOrNew("status")["used"] = amounts;
        var context = new WriteContext(Manager, Served.GroupVersionKind.ApiVersion, "status", cluster.Options.TimeProvider.GetUtcNow())
        {
            ResetFields = KindRules.ResetFields(Served, "status"),
        };
        FieldManagement.Update(new(live), new(quota), cluster.Schemas.Find(Served.GroupVersionKind)!, context);
    }

    /// <returns>What the write adds to what a quota counts.</returns>
    private static Amounts Check(AdmissionRequest request, JsonObject quota, JsonObject json, Amounts usage)
    {
        var status = quota.Object("status");
        var (hard, used) = (Amounts.Read(status.Object("hard")), Amounts.Read(status.Object("used")));
        var names = QuotaUsage.Matching(request.Storage, hard.Keys).ToList();
        if (names.Count == 0 || !QuotaUsage.IsInScope(request.Storage, quota, json))
        {
            return [];
        }

        var name = quota.Object("metadata").Text("name");
        if (request.Storage == AdmissionPlugins.Pods && QuotaUsage.Unstated(names, json) is { } unstated)
        {
            throw Refused(request, $"failed quota: {name}: must specify {unstated}");
        }

        if (!names.TrueForAll(used.ContainsKey))
        {
            throw Refused(request, $"status unknown for quota: {name}, resources: {string.Join(',', names.Order(StringComparer.Ordinal))}");
        }

        var added = Added(request, quota, usage, names);
        var exceeded = added.Where(entry => used[entry.Key].Value + entry.Value.Value > hard[entry.Key].Value).Select(static entry => entry.Key).ToList();
        return exceeded.Count == 0
            ? added
            : throw Refused(
                request,
                $"exceeded quota: {name}, requested: {Only(added, exceeded)}, used: {Only(used, exceeded)}, limited: {Only(hard, exceeded)}");
    }

    private static Amounts Added(AdmissionRequest request, JsonObject quota, Amounts usage, List<string> names)
    {
        var before = request.OldObject is { } old && QuotaUsage.IsInScope(request.Storage, quota, old) ? QuotaUsage.Of(request.Storage, old) : [];
        var added = new Amounts();
        foreach (var name in names)
        {
            if (usage.TryGetValue(name, out var amount) && amount - before.GetValueOrDefault(name) is { Value: > 0 } more)
            {
                added[name] = more;
            }
        }

        return added;
    }

    private static Amounts Only(Amounts amounts, List<string> names)
    {
        var some = new Amounts();
        foreach (var name in names)
        {
            some[name] = amounts[name];
        }

        return some;
    }

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden(request.Storage, request.DisplayName, why);
}
