using System.Text;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>A Secret's values are compared and put right, and told to nobody.</summary>
public sealed class SecretTests(Cluster cluster)
{
    private const string Applied = "correct-horse-battery";
    private const string Foreign = "staple-of-somebody-else";

    [Fact]
    public async Task A_secret_written_as_text_whose_data_is_edited_is_healed_and_its_values_are_nowhere()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.Secret("login", Applied));
        Password(await bed.LiveAsync(Kinds.Secret, "login")).ShouldBe(Applied);
        await bed.EditAsync(Kinds.Secret, "login", $$"""{"data": {"password": "{{Base64(Foreign)}}"} }""");

        DriftBed.Describe(await bed.ReportedAsync("login")).ShouldBe("Modified Secret/login: data.password kubectl-edit Update");
        await bed.UntilObjectAsync(Kinds.Secret, "login", "is right again", static live => Password(live) == Applied);
        await bed.UntilCalmAsync();
        await bed.UntilEventAsync("DriftHealed", "data.password", "by kubectl-edit");
        await ShouldTellNothingAsync(bed);
    }

    [Fact]
    public async Task A_heal_of_a_secret_that_the_server_refuses_tells_nothing_of_it()
    {
        await using var bed = await DriftBed.StartAsync(
            cluster, DriftManifests.All(DriftManifests.Secret("login", Applied), DriftManifests.ConfigMap()));
        using (bed.Proxy.Refuse(System.Net.HttpStatusCode.InternalServerError, static request => request is { Name: "login", IsWrite: true }))
        {
            await bed.EditAsync(Kinds.Secret, "login", $$"""{"data": {"password": "{{Base64(Foreign)}}"} }""");
            await bed.UntilAsync("says that healing fails", static status => status.Condition("HealBlocked")?.Status == "True" && status.DriftCount == 1);
        }

        // Nobody tells when it could succeed: it is tried again.
        await bed.UntilObjectAsync(Kinds.Secret, "login", "is right again", static live => Password(live) == Applied);
        await bed.UntilAsync("is not blocked any more", static status => status.Condition("HealBlocked") is null && status.Drift.IsEmpty);
        await ShouldTellNothingAsync(bed);
    }

    private static string? Password(KubernetesObject? secret) =>
        secret?.At("data", "password") is { } value ? Encoding.UTF8.GetString(Convert.FromBase64String(value.GetValue<string>())) : null;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task ShouldTellNothingAsync(DriftBed bed)
    {
        var space = bed.Space;
        var told = new List<string>(bed.Operator.Log) { await bed.Operator.MetricsAsync() };
        foreach (var kind in (GitOps.Kubernetes.Resources.ApiResource[])[Kinds.Application, Kinds.Inventory, Kinds.Event])
        {
            told.AddRange((await bed.Cluster.ListAsync(kind, space.ApplicationNamespace)).Select(static item => KubernetesJson.ToText(item.Json)));
        }

        told.AddRange(bed.Statuses.Select(static status => KubernetesJson.ToText(status.ToJson())));
        told.Count.ShouldBeGreaterThan(10);
        foreach (var secret in (string[])[Applied, Foreign, Base64(Applied), Base64(Foreign)])
        {
            told.ShouldNotContain(text => text.Contains(secret, StringComparison.Ordinal));
        }
    }
}
