using PipelineRobustness.Benchmarks;
using PipelineRobustness.Hosting;

var console = SteadyConsole.Take("benchmarks");
var code = CommandLine.Invoke(args, Console.Out, Console.Error);
// What they measured is what they print.
return code == 0 && console.OutputFailed ? CommandLine.Missed : code;
