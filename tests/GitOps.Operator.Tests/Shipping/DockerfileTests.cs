using GitOps.Operator.Tests.Architecture;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Shipping;

public sealed class DockerfileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));

    [Fact]
    public void It_keeps_to_the_rules() => DockerfileRules.Check(Text, Exists).ShouldBeEmpty();

    [Theory]
    [InlineData("aspnet:10.0", "aspnet:latest", "a version is missing")]
    [InlineData("${HELM_IMAGE}", "docker.io/alpine/helm:4.2.3", "name the image by an ARG")]
    [InlineData("ARG HELM_IMAGE=docker.io/alpine/helm:4.2.3\n", "", "no ARG HELM_IMAGE")]
    [InlineData("--platform=$BUILDPLATFORM ", "", "the build stage is emulated")]
    [InlineData("--no-install-recommends ", "", "without --no-install-recommends")]
    [InlineData("rm -rf /var/lib/apt/lists/*", "true", "the lists of apt")]
    [InlineData("git-lfs ", "", "git-lfs is missing")]
    [InlineData("USER 1654:1654", "USER root", "does not run as 1654:1654")]
    [InlineData("USER 1654:1654\n", "", "does not run as 1654:1654")]
    [InlineData("[\"/usr/bin/tini\", \"-s\", \"--\", \"/app/gitops-operator\"]", "/app/gitops-operator", "ENTRYPOINT is no list")]
    [InlineData("COPY crds/ crds/", "ADD crds/ crds/", "use COPY")]
    [InlineData("COPY crds/ crds/", "COPY crds/ tests/ crds/", "COPY tests/: there is none")]
    [InlineData("EXPOSE 8080", "ENV REGISTRY_TOKEN=abc", "a secret stays")]
    [InlineData("EXPOSE 8080", "RUN curl -fsSL https://get.example.com | sh", "what RUN downloads")]
    [InlineData("org.opencontainers.image.revision=", "revision=", "org.opencontainers.image.revision is missing")]
    public void A_Dockerfile_that_does_not_is_found(string text, string instead, string expected)
    {
        Text.ShouldContain(text, Case.Sensitive);

        var replaced = Text.Replace(text, instead, StringComparison.Ordinal);

        var problems = DockerfileRules.Check(replaced, Exists).ToList();
        if (expected.StartsWith("no ARG", StringComparison.Ordinal))
        {
            problems.ShouldContain(static problem => problem.Contains("before the first FROM", StringComparison.Ordinal));
        }
        else
        {
            problems.ShouldContain(problem => problem.Contains(expected, StringComparison.Ordinal), string.Join('\n', problems));
        }
    }

    [Fact]
    public async Task Digests_are_put_behind_the_tags_and_replaced_by_newer_ones()
    {
        var directory = Directory.CreateTempSubdirectory("pin-images-");
        try
        {
            var dockerfile = Path.Combine(directory.FullName, "Dockerfile");
            await File.WriteAllTextAsync(dockerfile, Text, TestContext.Current.CancellationToken);
            foreach (var digit in (string[])["a", "b"])
            {
                var digest = "sha256:" + string.Concat(Enumerable.Repeat(digit, 64));
                await PinAsync(directory.FullName, dockerfile, $"echo {digest}");

                var pinned = await File.ReadAllTextAsync(dockerfile, TestContext.Current.CancellationToken);
                pinned.Split('\n').Where(static line => line.StartsWith("ARG ", StringComparison.Ordinal) && line.Contains("_IMAGE=", StringComparison.Ordinal))
                    .ShouldBe(Text.Split('\n').Where(static line => line.StartsWith("ARG ", StringComparison.Ordinal) && line.Contains("_IMAGE=", StringComparison.Ordinal))
                        .Select(line => $"{line.Split('@')[0]}@{digest}"));
                DockerfileRules.Check(pinned, Exists).ShouldBeEmpty();
            }

            (await Should.ThrowAsync<Xunit.Sdk.FailException>(() => PinAsync(directory.FullName, dockerfile, "echo not-found"))).Message.ShouldContain("no digest of mcr.microsoft.com/dotnet/sdk:");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task PinAsync(string directory, string dockerfile, string answer)
    {
        var docker = Path.Combine(directory, "docker");
        await File.WriteAllTextAsync(docker, $"#!/bin/sh\n{answer}\n", TestContext.Current.CancellationToken);
        await TestProgram.OnPath("chmod").RunAsync("+x", docker);
        await TestProgram.OnPath("bash").With([], new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = directory + ":/usr/local/bin:/usr/bin:/bin" })
            .RunAsync(Path.Combine(Repository.Root, "eng/pin-images.sh"), dockerfile);
    }

    // What .dockerignore leaves out is not there for the build.
    private static bool Exists(string path) =>
        Path.Exists(Path.Combine(Repository.Root, path))
        && !File.ReadLines(Path.Combine(Repository.Root, ".dockerignore")).Any(line => path.TrimEnd('/') == line.Trim().TrimEnd('/'));
}
