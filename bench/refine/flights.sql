SELECT FlightNum AS flight_number, "timestamp" AS departed_at, dayOfWeek AS day_of_week, AvgTicketPrice AS ticket_price,
       DistanceKilometers AS distance_km, DistanceMiles AS distance_miles, FlightTimeMin AS flight_time_minutes,
       FlightTimeHour AS flight_time_hours, FlightDelay AS delayed, FlightDelayMin AS delay_minutes,
       FlightDelayType AS delay_type, Cancelled AS cancelled, OriginWeather AS origin_weather,
       DestWeather AS destination_weather, OriginAirportID AS origin_id, Origin AS origin_name,
       OriginCityName AS origin_city, OriginCountry AS origin_country, OriginRegion AS origin_region,
       OriginLocation.lat AS origin_latitude, OriginLocation.lon AS origin_longitude, DestAirportID AS destination_id,
       Dest AS destination_name, DestCityName AS destination_city, DestCountry AS destination_country,
       DestRegion AS destination_region, DestLocation.lat AS destination_latitude,
       DestLocation.lon AS destination_longitude, Carrier AS carrier_name
FROM read_ndjson('{file}', columns = {
  FlightNum: 'VARCHAR', "timestamp": 'TIMESTAMP', dayOfWeek: 'BIGINT', AvgTicketPrice: 'DOUBLE',
  DistanceKilometers: 'DOUBLE', DistanceMiles: 'DOUBLE', FlightTimeMin: 'DOUBLE', FlightTimeHour: 'DOUBLE',
  FlightDelay: 'BOOLEAN', FlightDelayMin: 'BIGINT', FlightDelayType: 'VARCHAR', Cancelled: 'BOOLEAN',
  OriginWeather: 'VARCHAR', DestWeather: 'VARCHAR', OriginAirportID: 'VARCHAR', Origin: 'VARCHAR',
  OriginCityName: 'VARCHAR', OriginCountry: 'VARCHAR', OriginRegion: 'VARCHAR',
  OriginLocation: 'STRUCT(lat DECIMAL(12,9), lon DECIMAL(12,9))', DestAirportID: 'VARCHAR', Dest: 'VARCHAR',
  DestCityName: 'VARCHAR', DestCountry: 'VARCHAR', DestRegion: 'VARCHAR',
  DestLocation: 'STRUCT(lat DECIMAL(12,9), lon DECIMAL(12,9))', Carrier: 'VARCHAR'})
-- check
SELECT count(*) AS "rows silver.flight", sum(day_of_week) AS "sum silver.flight.day_of_week",
       sum(epoch_us(departed_at)::HUGEINT) AS "sum silver.flight.departed_at",
       sum(ticket_price) AS "sum silver.flight.ticket_price", sum(distance_km) AS "sum silver.flight.distance_km",
       sum(distance_miles) AS "sum silver.flight.distance_miles",
       sum(flight_time_minutes) AS "sum silver.flight.flight_time_minutes",
       sum(flight_time_hours) AS "sum silver.flight.flight_time_hours", sum(delayed::INT) AS "sum silver.flight.delayed",
       sum(delay_minutes) AS "sum silver.flight.delay_minutes", sum(strlen(delay_type)) AS "sum silver.flight.delay_type",
       sum(cancelled::INT) AS "sum silver.flight.cancelled", sum(strlen(origin_weather)) AS "sum silver.flight.origin_weather",
       sum(strlen(origin_id)) AS "sum silver.flight.origin_id", sum(strlen(destination_id)) AS "sum silver.flight.destination_id",
       sum(strlen(carrier_name)) AS "sum silver.flight.carrier_name"
FROM extraction
