using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Tests.Support;

/// <summary>The real kubectl, as the judge of how YAML is read. It needs no cluster for what is asked here.</summary>
internal static class Kubectl
{
    private const string Variable = "GITOPS_TEST_KUBECTL";

    /// <summary>The program; skips the test where there is none, but fails it in CI.</summary>
    public static string Require()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var found = named is { Length: > 0 } ? named : FindOnPath();
        if (found is null || !File.Exists(found))
        {
            TestInputs.SkipUnlessCi($"no kubectl: name one in {Variable}, or put it on the PATH");
        }

        return found!;
    }

    /// <summary>Reads documents of one object each, in one call: a file that is refused does not keep it from the others.</summary>
    /// <returns>One entry per document, by the number that its name ends with; null where kubectl refuses it.</returns>
    public static async Task<IReadOnlyList<JsonObject?>> ReadEachAsync(IReadOnlyList<string> documents, CancellationToken cancellationToken)
    {
        var kubectl = Require();
        var directory = Directory.CreateTempSubdirectory("manifests-").FullName;
        for (var i = 0; i < documents.Count; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, $"{i}.yaml"), documents[i], cancellationToken);
        }

        var start = new ProcessStartInfo(kubectl, ["label", "--local", "-o", "json", "-f", directory, "gitops-operator-test=1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        await errors;
        Directory.Delete(directory, recursive: true);

        var read = new JsonObject?[documents.Count];
        foreach (var item in Parse(await output))
        {
            var name = (string)item["metadata"]!["name"]!;
            read[int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), CultureInfo.InvariantCulture)] = item;
        }

        return read;
    }

    private static List<JsonObject> Parse(string output)
    {
        var objects = new List<JsonObject>();
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = KubernetesJson.MaxDepth });
        while (reader.Read())
        {
            var item = (JsonObject)JsonNode.Parse(ref reader)!;
            var metadata = (JsonObject)item["metadata"]!;
            var labels = (JsonObject)metadata["labels"]!;
            labels.Remove("gitops-operator-test");
            if (labels.Count == 0)
            {
                metadata.Remove("labels");
            }

            objects.Add(item);
        }

        return objects;
    }

    private static string? FindOnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(static directory => Path.Combine(directory, "kubectl"))
            .FirstOrDefault(File.Exists);
}
