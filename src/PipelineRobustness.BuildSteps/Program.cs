using PipelineRobustness.BuildSteps.NativeLibrary;

return args switch
{
    ["patch-native-library", var from, var to] => NativeLibraryStep.Run(from, to, Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: patch-native-library FROM TO");
    return 2;
}
