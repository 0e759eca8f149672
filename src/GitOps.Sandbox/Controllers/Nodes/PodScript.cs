using System.Globalization;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Nodes;

/// <summary>What becomes of a pod.</summary>
internal enum PodOutcome
{
    Ready,
    Pending,
    Creating,
    Unready,
    Crash,
    ImagePull,
    Evicted,
    Succeed,
    Fail,
}

/// <summary>What becomes of a pod, and when, as its annotations tell; else by its restart policy.</summary>
/// <param name="Outcome">In the end.</param>
/// <param name="Delay">From its start until then.</param>
internal sealed partial record PodScript(PodOutcome Outcome, TimeSpan Delay)
{
    public static PodScript Of(KubernetesObject pod, SandboxControllers options)
    {
        var ends = pod.Text("spec", "restartPolicy") is "Never" or "OnFailure";
        var outcome = pod.Annotation(PodAnnotations.Outcome) switch
        {
            "ready" => PodOutcome.Ready,
            "pending" => PodOutcome.Pending,
            "creating" => PodOutcome.Creating,
            "unready" => PodOutcome.Unready,
            "crash" => PodOutcome.Crash,
            "image-pull" => PodOutcome.ImagePull,
            "evicted" => PodOutcome.Evicted,
            "succeed" => PodOutcome.Succeed,
            "fail" => PodOutcome.Fail,
            _ => ends ? PodOutcome.Succeed : PodOutcome.Ready,
        };
        // What is started again crashes for ever, what is not has failed.
        if (outcome is PodOutcome.Crash or PodOutcome.Fail)
        {
            outcome = pod.Text("spec", "restartPolicy") == "Never" ? PodOutcome.Fail : PodOutcome.Crash;
        }

        return new(outcome, Duration(pod.Annotation(PodAnnotations.Delay)) ?? options.PodStartup);
    }

    private static TimeSpan? Duration(string? text)
    {
        if (text is null || DurationPattern().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var sum = TimeSpan.Zero;
        for (var i = 0; i < match.Groups["number"].Captures.Count; i++)
        {
            var number = double.Parse(match.Groups["number"].Captures[i].Value, CultureInfo.InvariantCulture);
            sum += match.Groups["unit"].Captures[i].Value switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                "s" => TimeSpan.FromSeconds(number),
                _ => TimeSpan.FromMilliseconds(number),
            };
        }

        return sum;
    }

    [GeneratedRegex(@"^((?<number>\d+(\.\d+)?)(?<unit>ms|h|m|s))+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DurationPattern();
}
