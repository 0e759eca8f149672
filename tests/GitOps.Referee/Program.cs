using System.Globalization;
using GitOps.Referee;

// referee KUBECONFIG SECONDS NAMESPACE... : follows the usual kinds of these namespaces for so long, then says what was drift.
if (args.Length < 3 || !double.TryParse(args[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
{
    await Console.Error.WriteLineAsync("usage: GitOps.Referee KUBECONFIG SECONDS NAMESPACE...");
    return 2;
}

using var server = new ApiServer(Kubeconfig.Read(args[0]));
var judge = new Judge("gitops-operator");
WatchedKind[] kinds =
[
    new("v1", "ConfigMap", "configmaps"), new("v1", "Secret", "secrets"), new("v1", "Service", "services"),
    new("v1", "ServiceAccount", "serviceaccounts"), new("apps/v1", "Deployment", "deployments"),
];
await using (var follower = await Follower.StartAsync(server, kinds, args[2..].Contains, judge.Take, CancellationToken.None))
{
    await Task.Delay(TimeSpan.FromSeconds(seconds));
    if (follower.Problem is { } problem)
    {
        await Console.Error.WriteLineAsync(problem);
        return 1;
    }
}

foreach (var finding in judge.Findings)
{
    Console.WriteLine(finding);
}

return 0;
