using PipelineRobustness.BuildSteps.Corpus;
using PipelineRobustness.BuildSteps.NativeLibrary;

return args switch
{
    ["patch-native-library", var from, var to] => NativeLibraryStep.Run(from, to, Console.Out),
    ["write-corpus", var to, var cache, .. var files] => CorpusStep.Run(to, cache, files, Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: patch-native-library FROM TO | write-corpus TO CACHE PACKAGE/VERSION/FILE.xml...");
    return 2;
}
