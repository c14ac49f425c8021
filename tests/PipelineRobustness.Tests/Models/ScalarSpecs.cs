using Mono.Cecil;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Tests.Ground;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>
/// Numbers passed to native code stay alive during the operation, whatever the garbage collector does. With
/// <c>tensor.mul(2.0)</c> or <c>a + b</c> instead, the loop below fails or miscomputes within moments.
/// </summary>
public sealed class ScalarSpecs
{
    private const int Operations = 20_000;

    [Fact]
    public void Operations_read_their_own_numbers_during_garbage_collections()
    {
        using var ended = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!ended.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var one = ones(1);
            for (var i = 1; i <= Operations; i++)
            {
                using var product = one.Times(i);
                using var sum = product.Plus(i);
                using var doubled = sum.Plus(product);
                using var share = doubled.DividedBy(3);
                Assert.Equal(i, share.item<float>());
            }
        }
        finally
        {
            ended.Cancel();
            collector.Join();
        }
    }

    /// <summary>Checks the product and every TorchSharp method that it calls.</summary>
    [Fact]
    public void No_number_is_converted_to_a_scalar_without_a_reference()
    {
        var converting = ConvertingMethods();
        const string Addition = "Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)";
        Assert.Contains(converting, method => method.EndsWith(Addition, StringComparison.Ordinal));
        Room[] rooms = [Room.Models, Room.Pipeline, Room.Adversity, Room.Experiments];
        Assert.Contains(Room.Models.ForeignMethods, method => method.Contains("ScalarExtensionMethods::ToScalar", StringComparison.Ordinal));
        Assert.All(rooms.SelectMany(room => room.ForeignMethods), method => Assert.False(IsConversion(method) || converting.Contains(method), method));
    }

    /// <summary>TorchSharp's methods that convert a number, directly or indirectly.</summary>
    private static HashSet<string> ConvertingMethods()
    {
        using var library = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"));
        var callees = library.Types.SelectMany(Room.WithNested).SelectMany(type => type.Methods)
            .Where(method => method.HasBody && !method.DeclaringType.FullName.StartsWith("TorchSharp.Scalar", StringComparison.Ordinal))
            .ToDictionary(
                method => method.FullName,
                method => method.Body.Instructions.Select(one => one.Operand).OfType<MethodReference>().Select(callee => callee.FullName).ToHashSet());
        var converting = new HashSet<string>(callees.Where(method => method.Value.Any(MakesScalar)).Select(method => method.Key));
        List<string> Next() =>
            [.. callees.Where(method => !converting.Contains(method.Key) && method.Value.Overlaps(converting)).Select(method => method.Key)];
        while (Next() is { Count: > 0 } more)
            converting.UnionWith(more);
        return converting;
    }

    private static bool IsConversion(string method) => method.Contains("TorchSharp.Scalar::op_Implicit", StringComparison.Ordinal);

    private static bool MakesScalar(string method) =>
        IsConversion(method) || method.Contains("ScalarExtensionMethods::ToScalar", StringComparison.Ordinal);
}
