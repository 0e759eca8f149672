using GitOps.Benchmarks;

return await BenchmarkCommand.InvokeAsync(args);
