using GitOps.Operator.Commands;
using GitOps.Operator.Helm.Jail;

// Before anything else is loaded: each rendering of a chart comes through here.
return args is [HelmJail.Command, ..] ? HelmJail.Enter(args) : await CommandLine.InvokeAsync(args);
