using PipelineRobustness.Benchmarks;

return CommandLine.Invoke(args, Console.Out, Console.Error);
