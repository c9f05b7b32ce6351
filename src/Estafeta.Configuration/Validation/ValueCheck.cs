using Estafeta.Configuration.Catalogue;

namespace Estafeta.Configuration.Validation;

/// <summary>Reads parameters as their reader would, for the sake of the complaint: macros, type, range, length.</summary>
public static class ValueCheck
{
    /// <summary>What is wrong with each of the names, as far as the catalogue knows them.</summary>
    public static IEnumerable<ConfigurationException> Problems(ParameterSet parameters, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (Parameters.Find(name) is { } parameter && Problem(parameters, parameter) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static ConfigurationException? Problem(ParameterSet parameters, Parameter parameter)
    {
        try
        {
            Read(parameters, parameter);
            return null;
        }
        catch (ConfigurationException e)
        {
            return e;
        }
    }

    private static void Read(ParameterSet parameters, Parameter parameter)
    {
        switch (parameter)
        {
            case BooleanParameter boolean:
                _ = parameters.Get(boolean);
                break;
            case IntegerParameter integer:
                _ = parameters.Get(integer);
                break;
            case LongParameter number:
                _ = parameters.Get(number);
                break;
            case TimeParameter time:
                _ = parameters.Get(time);
                break;
            case RawParameter raw:
                _ = parameters.Get(raw);
                break;
            case StringParameter text:
                _ = parameters.Get(text);
                break;
        }
    }
}
