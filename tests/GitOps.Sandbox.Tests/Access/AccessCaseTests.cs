using System.Text.Json.Nodes;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>
/// Who gets in, who may do what, and what the others are told, word for word as a real server says it. With
/// GITOPS_TEST_KUBECONFIG the cases are played against that server; with UPDATE_GOLDEN=1 too, its answers are recorded.
/// </summary>
public sealed class AccessCaseTests
{
    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(AccessCase.Folder, "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_answers_as_recorded(string name)
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var ns = $"access-{Guid.NewGuid().ToString("N")[..8]}";
        await cluster.CreateNamespaceAsync(ns);
        var (player, played) = (new CasePlayer(cluster, ns), AccessCase.Load(name));
        if (TestCluster.IsReal && Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            foreach (var step in played.Steps)
            {
                await player.RecordAsync(step);
            }

            played.Save();
        }
        else
        {
            await PlayAsync(player, played.Steps);
        }

        await cluster.DeleteAsync($"/api/v1/namespaces/{ns}");
    }

    private static async Task PlayAsync(CasePlayer player, IReadOnlyList<JsonObject> steps)
    {
        var differences = new List<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            if (await player.PlayAsync(steps[i]) is { Length: > 0 } difference)
            {
                differences.Add($"step {i} {steps[i]["method"]} {steps[i]["path"]} {steps[i]["headers"]?.ToJsonString()}: {difference}");
            }
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }
}
