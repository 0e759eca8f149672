return await GitOps.Operator.Commands.CommandLine.InvokeAsync(args);
