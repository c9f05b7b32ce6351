namespace Estafeta.Services.Hosting;

/// <summary>A daemon that takes messages from master while it runs: the queue process and its services.</summary>
public interface IMasterListener
{
    /// <summary>Called for one message at a time, from the start of the process. Owns the descriptors.</summary>
    void Receive(byte[] message, IReadOnlyList<int> descriptors);
}
