using System.Runtime.InteropServices;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables;

/// <summary>What the loader says of a library that is not there, in one line.</summary>
public sealed class MissingLibraryTests
{
    [Fact]
    public void Loader_OfThisRuntime_IsUnderstood()
    {
        var failure = Assert.Throws<DllNotFoundException>(() => NativeLibrary.Load("libestafeta-none.so.7"));
        Assert.Equal("the library libestafeta-none.so.7, which the table type \"lmdb\" needs, is not installed", MissingLibrary.Describe("lmdb", failure));
    }

    [Theory]
    [InlineData("something else\nand more", "something else")]
    [InlineData("one ' quote", "one ' quote")]
    public void UnknownText_IsItsFirstLine(string message, string name) =>
        Assert.Equal($"the library {name}, which the table type \"cdb\" needs, is not installed", MissingLibrary.Describe("cdb", new DllNotFoundException(message)));
}
