namespace Estafeta.Tests;

public class SkeletonTests
{
    [Fact]
    public void Nothing() => Assert.True(1 + 1 == 2);
}
