using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.BuildSteps.NativeLibrary;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Ground;

/// <summary>
/// The patch that lets TorchSharp's library load on older systems: on the real library, and on tiny made-up ones whose
/// every byte can be changed or cut off.
/// </summary>
public sealed class NativePatchSpecs
{
    private static readonly byte[] Library = TinyElfLibrary.With(TinyElfLibrary.Clock, TinyElfLibrary.Initialiser);

    [Fact]
    public void The_patched_library_loads()
    {
        using var sum = ones(2).sum();
        Assert.Equal(2f, sum.item<float>());
    }

    [Fact]
    public void The_package_s_copy_is_unchanged_and_the_output_has_its_patch()
    {
        var original = File.ReadAllBytes(Original());
        var patched = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so"));
        Assert.NotEqual(original, patched);
        Assert.Equal(PatchOutcome.Patched, LibstdcxxPatch.Patch(original));
        Assert.Equal(original, patched);
    }

    [Fact]
    public void The_patch_changes_the_import_and_the_missing_version_s_flags_only()
    {
        var patched = Library.ToArray();
        Assert.Equal(PatchOutcome.Patched, LibstdcxxPatch.Patch(patched));

        const int symbols = 64, entry = 24;
        Assert.Equal(patched[(symbols + entry)..(symbols + 2 * entry)], patched[(symbols + 2 * entry)..(symbols + 3 * entry)]);
        Assert.Equal(Library.Length, patched.Length);
        Assert.True(Differences(Library, patched).Count <= 4, "more than a name, a version index and a flag has changed");
    }

    [Fact]
    public void A_patched_library_is_left_alone()
    {
        var once = Library.ToArray();
        LibstdcxxPatch.Patch(once);
        Assert.Equal(PatchOutcome.NotNeeded, Unchanged(once));
    }

    [Fact]
    public void A_library_without_the_symbol_is_left_alone()
    {
        Assert.Equal(PatchOutcome.NotNeeded, Unchanged(TinyElfLibrary.With(TinyElfLibrary.Clock)));
        var libc10 = Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libc10.so");
        Assert.SkipUnless(File.Exists(libc10), "no libc10.so here: not the CPU build for Linux");
        Assert.Equal(PatchOutcome.NotNeeded, Unchanged(File.ReadAllBytes(libc10)));
    }

    [Fact]
    public void A_library_with_a_shared_version_or_no_replacement_is_left_alone()
    {
        var other = new ElfImport("_ZSt5otherv", TinyElfLibrary.Initialiser.Version);
        Assert.Equal(PatchOutcome.Unsupported, Unchanged(TinyElfLibrary.With(TinyElfLibrary.Clock, TinyElfLibrary.Initialiser, other)));
        Assert.Equal(PatchOutcome.Unsupported, Unchanged(TinyElfLibrary.With(TinyElfLibrary.Initialiser)));
        Assert.Equal(PatchOutcome.Unsupported, Unchanged(TinyElfLibrary.With(TinyElfLibrary.Clock, TinyElfLibrary.Initialiser with { Version = 2 })));
    }

    [Fact]
    public void A_file_that_is_no_library_is_left_alone()
    {
        Assert.Equal(PatchOutcome.NotElfLibrary, Unchanged([]));
        Assert.Equal(PatchOutcome.NotElfLibrary, Unchanged(File.ReadAllBytes(typeof(NativePatchSpecs).Assembly.Location)));
        Prop.ForAll<byte[]>(bytes => Unchanged(bytes) == PatchOutcome.NotElfLibrary).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_library_cut_short_anywhere_is_left_alone()
    {
        for (var length = 0; length < Library.Length; length++)
            Assert.Equal(PatchOutcome.NotElfLibrary, Unchanged(Library[..length]));
    }

    [Fact]
    public void A_garbled_library_throws_nothing_and_changes_at_most_seven_bytes()
    {
        var corruptions = Gen.ArrayOf(Gen.Zip(Gen.Choose(0, Library.Length - 1), Gen.Elements<byte>(0, 1, 2, 0x7f, 0x80, 0xff)));
        var config = Config.QuickThrowOnFailure.WithMaxTest(2000);
        Prop.ForAll(Arb.From(corruptions), places =>
        {
            var garbled = Library.ToArray();
            foreach (var (place, value) in places)
                garbled[place] = value;
            var after = garbled.ToArray();
            var outcome = LibstdcxxPatch.Patch(after);
            return Differences(garbled, after).Count <= (outcome == PatchOutcome.Patched ? 7 : 0);
        }).Check(config);
    }

    [Fact]
    public void The_step_writes_a_new_file_and_never_through_a_link()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var (from, to) = (Path.Combine(folder.FullName, "from.so"), Path.Combine(folder.FullName, "deep", "to.so"));
            File.WriteAllBytes(from, Library);
            for (var time = 0; time < 2; time++)
            {
                Assert.Equal(0, NativeLibraryStep.Run(from, to, TextWriter.Null));
                Assert.Equal(Library, File.ReadAllBytes(from));
                Assert.Equal(PatchOutcome.NotNeeded, Unchanged(File.ReadAllBytes(to)));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static PatchOutcome Unchanged(byte[] image)
    {
        var after = image.ToArray();
        var outcome = LibstdcxxPatch.Patch(after);
        Assert.Equal(image, after);
        return outcome;
    }

    private static List<int> Differences(byte[] before, byte[] after) =>
        Enumerable.Range(0, before.Length).Where(place => before[place] != after[place]).ToList();

    private static string Original() =>
        typeof(NativePatchSpecs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == "ShippedNativeLibrary")?.Value
        ?? throw new InvalidOperationException("the build did not say where the package's own library lies");
}
