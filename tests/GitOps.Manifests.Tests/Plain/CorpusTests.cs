using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Plain;

/// <summary>Manifests of other people's repositories.</summary>
public sealed class CorpusTests
{
    [Fact]
    public async Task Real_directories_render_to_what_kustomize_makes_of_their_files()
    {
        var cases = Directory.GetDirectories(Path.Combine(TestInputs.RequireCorpus(), "plain"));
        cases.ShouldNotBeEmpty();
        foreach (var folder in cases)
        {
            var result = await new DirectorySourceTree(Path.Combine(folder, "input")).RenderAsync(new PlainOptions(".", Recurse: true));
            var expected = YamlFile.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "expected.yaml"), TestContext.Current.CancellationToken), YamlLimits.Default)
                .Documents.Select(document => YamlToJson.Convert(document.Root, YamlDialect.Kustomize, YamlLimits.Default, [])).ToList();

            result.Objects.Length.ShouldBe(expected.Count, folder);
            for (var i = 0; i < expected.Count; i++)
            {
                JsonNode.DeepEquals(result.Objects[i].Object.Json, expected[i]).ShouldBeTrue($"{folder}, object {i}: {expected[i]!["metadata"]!["name"]}");
            }
        }
    }

    [Fact]
    public async Task Every_file_that_kubectl_reads_is_read_and_written_to_the_same_JSON()
    {
        var files = Directory.GetFiles(TestInputs.RequireCorpus(), "expected.yaml", SearchOption.AllDirectories);
        files.Length.ShouldBeGreaterThan(100);
        foreach (var path in files)
        {
            var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
            var (documents, errors) = Files.ReadYaml(text, YamlDialect.Kustomize);
            errors.ShouldBeEmpty(path);
            var written = new StringWriter();
            ManifestWriter.WriteYaml(written, documents.Select(document => KubernetesObject.Parse(Encoding.UTF8.GetBytes(document))));

            Files.ReadYaml(written.ToString(), YamlDialect.Kustomize).Documents.ShouldBe(documents, path);
        }
    }
}
