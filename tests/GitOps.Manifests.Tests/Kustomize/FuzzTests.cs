using System.Globalization;
using System.Text;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// Generated repositories whose bytes, tokens and structure are changed at random: they are built, or refused with our own errors,
/// and soon. Seeds from 1 to <c>GITOPS_TEST_FUZZ</c>.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("GITOPS_TEST_FUZZ") ?? "500", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Whatever_is_in_the_files_they_are_rendered_or_refused()
    {
        var (built, refused) = (0, 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var files = Mutations.Of(seed, GeneratedKustomization.Make(1 + (seed % 200)), GeneratedKustomization.Make(1 + (seed * 7 % 200)));
            var tree = new MemorySourceTree(files.Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)file.Value)));
            foreach (var render in (Func<CancellationToken, Task<RenderResult>>[])[
                token => KustomizeRenderer.RenderAsync(tree, new(GeneratedKustomization.Entry) { MaxSteps = 60_000_000 }, token),
                token => PlainRenderer.RenderAsync(tree, new(string.Empty, Recurse: true), token)])
            {
                var rendering = Task.Run(() => render(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
                try
                {
                    var result = await rendering.WaitAsync(Bound, TestContext.Current.CancellationToken);
                    Encoding.UTF8.GetByteCount(string.Concat(result.Objects.Select(static item => item.Object.Json.ToJsonString()))).ShouldBeLessThan(64 << 20);
                    built++;
                }
                catch (Exception exception) when (exception is ManifestException or SourceTreeException)
                {
                    exception.Message.ShouldNotBeNullOrEmpty();
                    refused++;
                }
                catch (Exception exception)
                {
                    Assert.Fail($"seed {seed}: {exception}");
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage("built {0}, refused {1}", built, refused);
        built.ShouldBeGreaterThan(Seeds / 20);
        refused.ShouldBeGreaterThan(Seeds / 4);
    }

    /// <summary>Every field of a kustomization with every odd value: each alone, and all of them as the whole.</summary>
    [Fact]
    public async Task Any_type_of_value_in_any_field_is_rendered_or_refused()
    {
        var refused = 0;
        var faults = new List<string>();
        foreach (var field in Mutations.Fields)
        {
            foreach (var value in Mutations.Values)
            {
                var files = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["app/kustomization.yaml"] = $"resources: [map.yaml]\n{field.Replace("$", value, StringComparison.Ordinal)}\n",
                    ["app/map.yaml"] = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: map}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n",
                };
                try
                {
                    await KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new("app") { MaxSteps = 60_000_000 }, TestContext.Current.CancellationToken);
                }
                catch (Exception exception) when (exception is ManifestException or SourceTreeException)
                {
                    refused++;
                }
                catch (Exception exception)
                {
                    faults.Add($"{files["app/kustomization.yaml"]}: {exception}");
                }
            }
        }

        faults.ShouldBeEmpty();
        refused.ShouldBeGreaterThan(Mutations.Fields.Length);
    }
}
